#include "core/train/train.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "core/config/scalar.h"
#include "core/io/cache_folder.h"
#include "core/io/sha256.h"
#include "core/models/image_format.h"
#include "core/models/stable_diffusion.h"
#include "core/nn/noise_schedule.h"
#include "core/plugin/host_context.h"
#include "core/runtime/chosen_plugin.h"
#include "core/runtime/errors.h"
#include "core/runtime/interrupt.h"
#include "core/runtime/log.h"
#include "core/runtime/memory.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/adamw.h"
#include "core/train/autocast.h"
#include "core/train/batch_maker.h"
#include "core/train/ema.h"
#include "core/train/faces.h"
#include "core/train/gradient_reducer.h"
#include "core/train/gradients.h"
#include "core/train/hosted_losses.h"
#include "core/train/latent_cache.h"
#include "core/train/later_plugins.h"
#include "core/train/learning_rate.h"
#include "core/train/memory_plan.h"
#include "core/train/previews.h"
#include "core/train/ranks.h"
#include "core/train/run_description.h"
#include "core/train/run_folder.h"
#include "core/train/trained_networks.h"
#include "core/train/training_loss.h"
#include "core/train/training_state.h"

namespace miafr {
namespace {

constexpr std::int64_t kBadStepsInARow = 5;

LatentCache::Where where_of(const std::string& name) {
  return name == "none"     ? LatentCache::Where::kNone
         : name == "memory" ? LatentCache::Where::kMemory
                            : LatentCache::Where::kDisk;
}

LearningRateSchedule schedule_of(const TrainConfig& config) {
  return config.schedule == "constant" ? LearningRateSchedule::kConstantWithWarmup
                                       : learning_rate_schedule(config.schedule);
}

class Training {
 public:
  Training(const TrainOptions& options, PluginRegistry& registry)
      : options_(options),
        config_(options.config),
        registry_(registry),
        ranks_(Ranks::from_environment()),
        run_folder_(ranks_.of_first(options.run_folder.string())),
        checkpoints_(run_folder_ / "checkpoints"),
        sets_(read_training_sets(options.folders, config_.data)),
        model_(options.checkpoint, config_.model, {options.run.device}),
        schedule_({config_.model.timesteps, config_.model.linear_start, config_.model.linear_end}),
        tokenizer_(options.vocabulary),
        networks_(model_, config_.train),
        losses_(config_.losses, registry, options.run, services()),
        latents_(make_latent_cache()),
        batches_(sets_, config_.data, batch_settings(), latents_, tokenizer_,
                 config_.train.train_text_encoder ? nullptr : &networks_.text_encoder(),
                 [this](const at::Tensor& images) { return find_face_points(images); }),
        loss_(networks_.unet(), &networks_.text_encoder(), schedule_, losses_.all(), loss_settings(),
              [this](const at::Tensor& z) { return decoder().forward(in_image_format(z)); }) {}

  void run(const std::function<void(const StepReport&)>& on_step) {
    begin();
    const std::int64_t steps = options_.try_steps ? step_ + *options_.try_steps : config_.train.steps;
    while (step_ < steps) {
      if (any_interrupted()) stop_early();
      const auto start = std::chrono::steady_clock::now();
      StepReport report = one_step();
      report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      ++step_;
      if (folder_) record(report);  // first, so that a checkpoint has the rows of all its steps
      if (folder_) at_intervals();
      if (ranks_.rank() == 0) on_step(report);
    }
    if (!folder_) return;
    if (saved_step_ != step_) save();
    log_info("trained; the model is " + checkpoints_.newest()->string());
  }

 private:
  // ---- ranks

  bool any_interrupted() {
    if (ranks_.size() == 1) return interrupted();
    const std::vector<double> all = ranks_.all_gather(interrupted() ? 1 : 0);
    return std::any_of(all.begin(), all.end(), [](double one) { return one != 0; });
  }

  double mean_over_ranks(double value) {
    if (ranks_.size() == 1) return value;
    const std::vector<double> all = ranks_.all_gather(value);
    return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
  }

  // ---- what it is made of

  TrainingServices services() {
    return {[this](const at::Tensor& z) { return decoder().forward(in_image_format(z / config_.model.scale_factor)); },
            [this](const at::Tensor& images) { return find_face_points(images); }};
  }

  // With gradients, so without inference mode. Loaded when a loss first asks for it.
  const AutoencoderDecoder& decoder() {
    if (!decoder_) decoder_ = model_.load_decoder();
    return *decoder_;
  }

  at::Tensor find_face_points(const at::Tensor& images) {
    if (!detector_) detector_ = choose_plugin<FaceDetector>(detector_choice(config_.train), registry_, options_.run);
    return face_points(detector_, images);
  }

  LatentCache make_latent_cache() {
    const auto where = where_of(config_.train.cache_latents);
    const auto encode = [this](const at::Tensor& images) {
      const at::InferenceMode no_gradients;
      if (!encoder_) encoder_ = model_.load_encoder();
      return encoder_->forward(images.contiguous(at::MemoryFormat::ChannelsLast));
    };
    if (where != LatentCache::Where::kDisk) return {where, encode};
    const auto cache = cache_folder();
    if (!cache) throw Error("train.cache_latents = disk needs a cache folder: set HOME or XDG_CACHE_HOME");
    std::error_code told_when_it_is_written_to;
    std::filesystem::create_directories(*cache / "latents", told_when_it_is_written_to);
    return {where, encode, *cache / "latents", sha256_of(options_.checkpoint)};
  }

  BatchMaker::Settings batch_settings() const {
    BatchMaker::Settings settings;
    settings.needs = losses_.needs();
    settings.scale_factor = config_.model.scale_factor;
    settings.num_timesteps = config_.model.timesteps;
    settings.rank = ranks_.rank();
    settings.ranks = ranks_.size();
    settings.seed = static_cast<std::uint64_t>(config_.train.seed);
    settings.device = options_.run.device;
    return settings;
  }

  TrainingLossSettings loss_settings() const {
    return {config_.model.scale_factor, config_.model.prediction == "v", config_.train.reg_weight,
            config_.train.min_snr_gamma};
  }

  AdamWSettings optimizer_settings() const {
    const TrainConfig& t = config_.train;
    return {t.adam_beta1, t.adam_beta2, t.adam_epsilon, t.weight_decay, t.optimizer == "adamw8bit"};
  }

  // ---- before the first step

  void begin() {
    check_later_plugins(config_, registry_, options_.run, (losses_.needs() & kNeedsFacePoints) != 0);
    plan();
    if (!options_.try_steps && ranks_.rank() == 0) folder_ = std::make_unique<RunFolder>(run_folder_);
    const std::string description = describe();
    if (options_.try_steps == 0) return;
    optimizer_.emplace(networks_.trained(), optimizer_settings());
    if (config_.train.use_ema) ema_.emplace(networks_.trained(), config_.train.ema_decay);
    ranks_.use_device(options_.run.device);
    if (ranks_.size() > 1) reducer_.emplace(ranks_, leaves());
    if (options_.resume) resume();
    if (!folder_) return;
    if (wants_previews(config_.train)) prepare_previews();
    folder_->write_config(config_);
    folder_->write_description(description);
    folder_->open_metrics(columns(), step_);
  }

  // What run.json says. The hashes of all inputs take a while and are left out where nobody asks for them.
  std::string describe() const {
    if (!folder_ && !(options_.resume && ranks_.rank() == 0)) return {};
    const std::string now = describe_run(options_, sets_, losses_.all());
    return options_.resume ? describe_resumed_run(run_folder_, now) : now;
  }

  // Hours of painting on one rank would be hours in which the others wait, longer than they do for anybody.
  void prepare_previews() {
    if (ranks_.size() > 1) {
      log_info("where several processes train together no previews are painted, and no checkpoint is called the best");
      return;
    }
    previews_.emplace(options_, tokenizer_, registry_);
    if (!config_.train.judge.empty()) judge_.emplace(options_, registry_, subject_photos());
  }

  std::vector<at::Tensor> leaves() const {
    std::vector<at::Tensor> all;
    for (const auto& [name, tensor] : networks_.trained()) all.push_back(tensor);
    return all;
  }

  void plan() const {
    const auto images = static_cast<std::int64_t>(sets_.train.size() + sets_.reg.size());
    const MemoryPlan plan = plan_memory(model_, networks_.trained(), config_, !sets_.reg.empty(), images,
                                        (losses_.needs() & kNeedsImagePred) != 0);
    log_info(plan.text());
    if (options_.run.device.is_cpu()) check_fits(plan, static_cast<double>(resident_memory()), config_.train);
  }

  std::vector<at::Tensor> subject_photos() const {
    std::vector<at::Tensor> photos;
    for (const TrainingImage& image : sets_.train)
      photos.push_back(load_training_image(image, config_.data, false).unsqueeze(0).to(options_.run.device));
    return photos;
  }

  std::vector<std::string> columns() const {
    std::vector<std::string> names = {"loss",         "learning_rate", "grad_norm", "images_per_second",
                                      "memory_bytes", "skipped"};
    std::vector<std::string> terms = {"mse"};
    for (const WeightedLoss& loss : losses_.all()) terms.push_back(loss.name);
    for (const std::string& term : terms) {
      names.push_back(term + "_train");
      if (!sets_.reg.empty()) names.push_back(term + "_reg");
      names.push_back(term + "_grad_norm");
    }
    for (const auto& [figure, value] : losses_.statistics()) names.push_back(figure);
    names.push_back("identity");
    return names;
  }

  // ---- one step

  StepReport one_step() {
    metrics_.clear();
    StepReport report;
    report.step = step_;
    report.steps = config_.train.steps;
    clear_gradients(networks_.trained());
    const std::int64_t parts = config_.train.accumulation;
    for (std::int64_t part = 0; part < parts; ++part) report.loss += backward_of(part, parts);
    if (reducer_) reducer_->finish();
    report.loss = mean_over_ranks(report.loss);
    const double norm = norm_of_gradients(networks_.trained());
    metrics_["loss"] = report.loss;
    metrics_["grad_norm"] = norm;
    report.skipped = !std::isfinite(report.loss) || !std::isfinite(norm);
    if (!report.skipped) update(norm);
    count_bad(report);
    return report;
  }

  // Gradients of one batch are added to what is there. Returns its part of the step's loss.
  double backward_of(std::int64_t part, std::int64_t parts) {
    const std::vector<TrainingBatch> batches = batches_.make(step_ * parts + part);
    std::vector<LossTerm> terms;
    {
      const Autocast autocast(options_.run.device.type(), precision());
      terms = loss_(batches, step_);
    }
    for (const LossTerm& term : terms)
      metrics_[term.name + (term.role == BatchRole::kTrain ? "_train" : "_reg")] += term.value.item<double>() / parts;
    const at::Tensor total = total_of(terms) / static_cast<double>(parts);
    const double value = total.item<double>();
    if (!std::isfinite(value) && ranks_.size() == 1) return value;  // of several ranks all see it in the gradients
    const std::int64_t every = config_.train.gradient_norms_every;
    if (part == 0 && every > 0 && step_ % every == 0) measure_terms(terms);
    if (reducer_ && part + 1 == parts) reducer_->start();
    total.backward();
    return value;
  }

  at::ScalarType precision() const { return config_.train.precision == "bfloat16" ? at::kBFloat16 : at::kFloat; }

  // The norm of each term's gradient on the U-Net, weighted as in the loss: one that does nothing is seen. The
  // gradients are computed once more afterwards, together, so that measuring changes nothing.
  void measure_terms(const std::vector<LossTerm>& terms) {
    std::map<std::string, std::vector<LossTerm>> by_name;
    for (const LossTerm& term : terms) by_name[term.name].push_back(term);
    const NamedTensors unet(networks_.trained().begin(), networks_.trained().begin() + networks_.num_unet_tensors());
    for (const auto& [name, own] : by_name) {
      const at::Tensor value = total_of(own);
      if (value.requires_grad()) value.backward({}, /*retain_graph=*/true);
      metrics_[name + "_grad_norm"] = norm_of_gradients(unet);
      clear_gradients(networks_.trained());
    }
  }

  void update(double norm) {
    const TrainConfig& t = config_.train;
    if (t.max_grad_norm > 0 && norm > t.max_grad_norm) scale_gradients(networks_.trained(), t.max_grad_norm / norm);
    const double rate = t.learning_rate * learning_rate_factor(schedule_of(t), step_, t.warmup_steps, t.steps);
    metrics_["learning_rate"] = rate;
    optimizer_->step(rate);
    if (ema_) ema_->update();
  }

  void count_bad(const StepReport& report) {
    bad_in_a_row_ = report.skipped ? bad_in_a_row_ + 1 : 0;
    if (!report.skipped) return;
    ++skipped_;
    log_warning("step " + std::to_string(report.step) + ": the loss is not finite; the step is left out");
    if (bad_in_a_row_ < kBadStepsInARow) return;
    const auto good = checkpoints_.newest();
    throw Error(std::to_string(kBadStepsInARow) + " steps in a row without a finite loss; " +
                (good ? "the last good checkpoint is " + good->string() : "there is no checkpoint yet") +
                "; try a smaller train.learning_rate or train.max_grad_norm=1");
  }

  // ---- what is kept

  void record(const StepReport& report) {
    const double images =
        static_cast<double>(config_.data.batch_size * config_.train.accumulation * (sets_.reg.empty() ? 1 : 2)) *
        ranks_.size();
    metrics_["images_per_second"] = images / report.seconds;
    metrics_["memory_bytes"] = static_cast<double>(resident_memory());
    metrics_["skipped"] = static_cast<double>(skipped_);
    for (const auto& [figure, value] : losses_.statistics()) metrics_[figure] = value;
    folder_->add_metrics(report.step, metrics_);
  }

  // The checkpoint comes first: painting loads a second model, and a run that dies of it shall not have lost a thing.
  void at_intervals() {
    const TrainConfig& t = config_.train;
    const auto due = [&](std::int64_t every) { return every > 0 && step_ % every == 0; };
    if (due(t.checkpoint_every) || step_ >= t.steps) save();
    if (previews_ && due(t.preview_every)) paint();
  }

  // A full disk costs the previews, not the run.
  void paint() {
    try {
      const at::Tensor pictures = previews_->paint(networks_.changed(weights_for_use()), folder_->preview_file(step_));
      folder_->show_preview(step_);
      if (!judge_) return;
      if (const auto identity = judge_->score(pictures)) judge(*identity);
    } catch (const Cancelled&) {
      stop_early();
    } catch (const Error& e) {
      log_error(std::string(e.what()) + "; training goes on");
    }
  }

  // The best checkpoint is the one whose previews look most like the subject. What cannot be saved is none.
  void judge(double identity) {
    log_info("step " + std::to_string(step_) + ": identity of the previews " + format_number(identity));
    folder_->complete_metrics("identity", identity);
    if (best_identity_ && identity <= *best_identity_) return;
    if (saved_step_ != step_) save();
    if (saved_step_ != step_) return;
    checkpoints_.set_best(step_, identity);
    best_identity_ = identity;
  }

  void stop_early() {
    if (folder_ && saved_step_ != step_) save();
    throw Cancelled();
  }

  // A full disk costs the checkpoint, not the run.
  void save() {
    try {
      checkpoints_.save(state(), [&](const std::filesystem::path& folder) {
        networks_.write(folder, weights_for_use(), metadata_of(options_, step_));
      });
      saved_step_ = step_;
      checkpoints_.prune(config_.train.keep_last);
    } catch (const Error& e) {
      if (step_ >= config_.train.steps || interrupted()) throw;
      log_error(std::string(e.what()) + "; training goes on, earlier checkpoints are as they were");
    }
  }

  // The averages where they are kept.
  NamedTensors weights_for_use() const {
    if (!ema_) return networks_.trained();
    const TensorState averages = ema_->averages();
    return {averages.begin(), averages.end()};
  }

  TrainingState state() const {
    TrainingState state;
    state.step = step_;
    state.settings = settings_that_must_match(config_, ranks_.size());
    for (const auto& [name, tensor] : networks_.trained()) state.tensors["weight." + name] = tensor;
    for (const auto& [name, tensor] : optimizer_->state()) state.tensors["optimizer." + name] = tensor;
    for (const auto& [name, tensor] : losses_.state()) state.tensors["loss." + name] = tensor;
    if (ema_)
      for (const auto& [name, tensor] : ema_->state()) state.tensors["ema." + name] = tensor;
    state.tensors["run.skipped"] = at::scalar_tensor(skipped_, at::kLong);
    return state;
  }

  void resume() {
    const auto newest = checkpoints_.newest();
    if (!newest) throw Error(run_folder_.string() + ": holds no checkpoint to go on from; begin a new run");
    const TrainingState state = read_state(*newest);
    check_settings(*newest, settings_that_must_match(config_, ranks_.size()), state.settings);
    std::map<std::string, TensorState> parts;
    for (const auto& [name, tensor] : state.tensors) {
      const auto dot = name.find('.');
      parts[name.substr(0, dot)][name.substr(dot + 1)] = tensor;
    }
    const at::NoGradGuard no_gradients;
    restore({networks_.trained().begin(), networks_.trained().end()}, parts["weight"], newest->string() + ": weights");
    optimizer_->load_state(parts["optimizer"]);
    losses_.load_state(parts["loss"]);
    if (ema_) ema_->load_state(parts["ema"]);
    skipped_ = parts["run"].at("skipped").item<std::int64_t>();
    best_identity_ = checkpoints_.best_identity();
    step_ = saved_step_ = state.step;
    log_info("going on from step " + std::to_string(step_) + ", " + newest->string());
  }

  const TrainOptions& options_;
  const RunConfig& config_;
  PluginRegistry& registry_;
  Ranks ranks_;
  const std::filesystem::path run_folder_;  // the first rank's
  const CheckpointFolder checkpoints_;
  std::unique_ptr<RunFolder> folder_;  // when all that can be checked has been
  const TrainingSets sets_;
  StableDiffusion model_;
  const NoiseSchedule schedule_;
  const ClipTokenizer tokenizer_;
  std::unique_ptr<AutoencoderEncoder> encoder_;
  std::unique_ptr<AutoencoderDecoder> decoder_;
  ChosenPlugin<FaceDetector> detector_;
  TrainedNetworks networks_;
  HostedLosses losses_;
  LatentCache latents_;
  BatchMaker batches_;
  TrainingLoss loss_;
  std::optional<AdamW> optimizer_;  // when it is known that there is room for it
  std::optional<Ema> ema_;
  std::optional<GradientReducer> reducer_;
  std::optional<Previews> previews_;
  std::optional<IdentityJudge> judge_;
  std::optional<double> best_identity_;
  std::int64_t step_ = 0, saved_step_ = -1, skipped_ = 0, bad_in_a_row_ = 0;
  std::map<std::string, double> metrics_;  // of the step that is running
};

}  // namespace

void train(const TrainOptions& options, PluginRegistry& registry,
           const std::function<void(const StepReport&)>& on_step) {
  Training(options, registry).run(on_step);
}

}  // namespace miafr
