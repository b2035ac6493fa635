// miafr generate: pictures from prompts.
#include "core/pipeline/generate.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <future>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/base/shown.h"
#include "core/base/version.h"
#include "core/commands/generate_options.h"
#include "core/config/load_config.h"
#include "core/cuda/load_kernels.h"
#include "core/image/photo.h"
#include "core/io/sha256.h"
#include "core/pipeline/generate_checks.h"
#include "core/pipeline/output_folder.h"
#include "core/runtime/chosen_plugin.h"
#include "core/runtime/operator_profile.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

void check_published_sizes(const GenerateOptions& wanted, const StableDiffusion& model) {
  const AutoencoderConfig autoencoder = model.autoencoder_config();
  const auto check = [&](const char* name, const std::optional<std::int64_t>& given, std::int64_t is) {
    if (given.value_or(is) != is)
      throw UsageError(std::string("--") + name + " " + std::to_string(*given) + ": the checkpoint's autoencoder has " +
                       std::to_string(is));
  };
  check("C", wanted.latent_channels, autoencoder.latent_channels);
  check("f", wanted.factor, autoencoder.factor());
}

// What goes with every picture: into its text, the manifest and the grid.
class Recorder {
 public:
  explicit Recorder(const GenerateOptions& wanted)
      : wanted_(wanted), folder_(wanted.outdir), pictures_(wanted.prompts.size()) {
    if (wanted.skip_save) return;
    hash_ = std::async(std::launch::async, [this, file = wanted.checkpoint] {
      return sha256_of(file, [this] {
        if (given_up_) throw Cancelled();
      });
    });
  }
  ~Recorder() { given_up_ = true; }  // before hash_ is waited for; a run that has a picture has the hash by now

  void add(const GeneratedImage& image) {
    if (!wanted_.skip_grid) pictures_[image.prompt].push_back(image.pixels);
    if (!image.fault.empty()) return refuse(image);
    if (wanted_.skip_save) return;
    if (sha256_.empty()) {
      sha256_ = hash_.get();
      settings_of_run_ = settings_of_run();
      warn_of_another_checkpoint();
    }
    const std::map<std::string, std::string> texts = {{"miafr", settings_text(image)}};
    const Prompt& prompt = wanted_.prompts[image.prompt];
    const GenerateSettings& settings = wanted_.settings;
    const std::string file = folder_.add(
        image.pixels, texts,
        {prompt.text, prompt.label, settings.negative_prompt, image.seed, settings.noise, wanted_.sampler.name,
         settings.steps, settings.scale, wanted_.checkpoint.filename().string(), sha256_, image.seconds});
    if (wanted_.save_latents) folder_.add_latent(file, image.latent, texts);
    ++saved_;
  }

  // Rows of the grid: a prompt each, broken after n_rows pictures.
  void finish() const {
    std::vector<GridRow> rows;
    for (std::size_t i = 0; i < pictures_.size(); ++i)
      for (std::size_t j = 0; j < pictures_[i].size(); ++j) {
        if (j % wanted_.pictures_per_row == 0) rows.push_back({wanted_.prompts[i].text, {}});
        rows.back().pictures.push_back(pictures_[i][j]);
      }
    if (!rows.empty()) std::cout << folder_.add_grid(rows).string() << "\n";
    if (saved_ > 0) log_info(std::to_string(saved_) + (saved_ == 1 ? " picture" : " pictures") + " saved");
  }

  // Pictures that came out not finite.
  std::int64_t refused() const { return refused_; }

 private:
  // It keeps its place in the grid, black, as a column has one seed.
  void refuse(const GeneratedImage& image) {
    ++refused_;
    log_warning("picture " + std::to_string(image.index) + " (seed " + std::to_string(image.seed) + ") of " +
                miafr::quoted(wanted_.prompts[image.prompt].text) + ": " + image.fault + "; it is not saved");
  }

  void warn_of_another_checkpoint() const {
    if (!wanted_.like || wanted_.like->checkpoint_sha256.empty() || wanted_.like->checkpoint_sha256 == sha256_) return;
    log_warning(wanted_.like->file.string() + " was made with another checkpoint, " + wanted_.like->checkpoint +
                " (sha256 " + wanted_.like->checkpoint_sha256.substr(0, 10) + "…); this picture will differ");
  }

  // Every row of `generate:`, but for what has no part in this picture.
  void add_rows(nlohmann::ordered_json& json) const {
    const GenerateSettings& settings = wanted_.settings;
    GenerateConfig resolved = settings;
    resolved.batch_size = settings.at_once();
    resolved.strength = settings.share();
    if (settings.batch_noise()) json["batch"] = {{"prompts", wanted_.prompts.size()}};
    if (settings.photo.defined())
      json["init_image"] = {{"file", std::filesystem::path(settings.init_image).filename().string()},
                            {"sha256", sha256_of(settings.init_image)}};
    const Params values = section<GenerateConfig>().values(resolved);
    for (const SettingRow& row : section<GenerateConfig>().rows()) {
      const std::string name = row.spec.name;
      nlohmann::ordered_json value;
      std::visit([&](const auto& held) { value = held; }, values.values().at(name));
      if (is_of_batch(name)) {
        if (settings.batch_noise()) json["batch"][name] = value;
      } else if (is_of_photo(name)) {
        if (settings.photo.defined() && name != "init_image") json["init_image"][name] = value;
      } else if (name != "seed") {  // each picture has its own
        json[name] = value;
      }
    }
  }

  // What is the same for all pictures of the run. Files go by name and hash: paths are nobody's business.
  nlohmann::ordered_json settings_of_run() const {
    const GenerateSettings& settings = wanted_.settings;
    nlohmann::ordered_json json = {{"program", std::string("miafr ") + kVersion},
                                   {"synthetic", true},
                                   {"sampler", wanted_.sampler.name},
                                   {"steps", settings.steps}};
    for (const RawParam& param : wanted_.sampler.params) json["sampler_params"][param.key] = param.text;
    add_rows(json);
    json["checkpoint"] = wanted_.checkpoint.filename().string();
    json["checkpoint_sha256"] = sha256_;
    for (const LoraChoice& lora : wanted_.loras)
      json["loras"].push_back(
          {{"file", lora.file.filename().string()}, {"sha256", sha256_of(lora.file)}, {"scale", lora.scale}});
    return json;
  }

  std::string settings_text(const GeneratedImage& image) const {
    nlohmann::ordered_json json = settings_of_run_;
    json["prompt"] = wanted_.prompts[image.prompt].text;
    json["label"] = wanted_.prompts[image.prompt].label;
    json["seed"] = image.seed;
    json["index"] = image.index;
    return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  const GenerateOptions& wanted_;
  OutputFolder folder_;
  std::vector<std::vector<at::Tensor>> pictures_;  // of each prompt, for the grid
  std::atomic<bool> given_up_ = false;
  std::future<std::string> hash_;  // takes seconds for gigabytes, so it runs beside the sampling
  std::string sha256_;
  nlohmann::ordered_json settings_of_run_;
  std::int64_t saved_ = 0, refused_ = 0;
};

// The operators that took most, in order.
nlohmann::ordered_json costliest(const std::map<std::string, double>& operators) {
  constexpr std::size_t kShown = 20;
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [name, seconds] : operators) order.emplace_back(seconds, name);
  std::sort(order.rbegin(), order.rend());
  order.resize(std::min(order.size(), kShown));
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [seconds, name] : order) json[name] = seconds;
  return json;
}

void write_timings(const fs::path& file, const GenerateTimings& timings,
                   const std::map<std::string, double>& operators) {
  const nlohmann::ordered_json json = {{"start_to_first_step_s", timings.start_to_first_step},
                                       {"text_encoder_s", timings.text_encoder},
                                       {"load_s", timings.load},
                                       {"step_s", timings.steps},
                                       {"decode_s", timings.decodes},
                                       {"total_s", timings.total},
                                       {"operators_s", costliest(operators)}};
  std::ofstream out(file);
  if (!(out << json.dump(2) << "\n").flush()) throw Error(file.string() + ": cannot be written");
}

// The weights are finite, as the networks were loaded: what is not came about in their arithmetic.
void check_refused(std::int64_t refused) {
  if (refused == 0) return;
  throw Error(std::to_string(refused) + (refused == 1 ? " picture" : " pictures") +
              " came out not finite (NaN or infinity), though all weights are finite numbers; try a smaller --scale, "
              "less of a --lora, or --precision full");
}

}  // namespace

int run_generate(const GlobalOptions& globals, const Arguments& arguments) {
  std::optional<GenerateOptions> wanted = read_generate_options(arguments);
  if (!wanted) return 0;
  use_fused_kernels(wanted->device);
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  const GenerateSettings& settings = wanted->settings;
  const RunSettings run{wanted->device, settings.at_once(), default_model_folders(globals.models_dirs)};
  const auto sampler = choose_plugin<Sampler>(wanted->sampler.choice(), registry, run);
  StableDiffusion model(wanted->checkpoint, wanted->model, wanted->weights, wanted->loras);
  check_published_sizes(*wanted, model);
  check_generation(model, settings, wanted->device);
  if (!settings.init_image.empty())  // which is of the size that is wanted from here on
    wanted->settings.photo = read_photo(settings.init_image, settings.height, settings.width);
  const ClipTokenizer tokenizer(shared_file("bpe_simple_vocab_16e6.txt.gz"));
  Recorder recorder(*wanted);
  std::optional<Progress> progress;
  const GenerateCallbacks callbacks{[&](const GeneratedImage& image) { recorder.add(image); },
                                    [&](std::int64_t done, std::int64_t total) {
                                      if (!progress)
                                        progress.emplace("generate", "step", total, std::cerr,
                                                         ::isatty(STDERR_FILENO) != 0);
                                      progress->update(done);
                                      throw_if_interrupted();
                                    }};
  std::vector<std::string> texts;
  for (const Prompt& prompt : wanted->prompts) texts.push_back(prompt.text);
  std::optional<OperatorProfile> profile;
  if (!wanted->timings.empty()) profile.emplace();
  try {
    const GenerateTimings timings =
        generate(model, wanted->model, tokenizer, sampler, texts, settings, wanted->device, callbacks);
    if (!wanted->timings.empty()) write_timings(wanted->timings, timings, profile->stop());
  } catch (const Cancelled&) {
    progress.reset();
    recorder.finish();
    throw;
  }
  progress.reset();
  recorder.finish();
  check_refused(recorder.refused());
  return 0;
}

}  // namespace miafr
