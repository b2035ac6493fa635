#include "core/train/run_record.h"

#include <filesystem>
#include <utility>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/config/scalar.h"
#include "core/plugin/host_context.h"
#include "core/train/later_plugins.h"
#include "core/train/run_description.h"

namespace miafr {

RunRecord::RunRecord(const RunSetup& setup, const RunProgress& progress, std::unique_ptr<RunFolder> folder,
                     const std::string& description)
    : setup_(setup), config_(setup.options.config), progress_(progress), folder_(std::move(folder)) {
  if (setup.options.resume) {
    best_identity_ = setup.checkpoints.best_identity();
    saved_step_ = progress.step;
  }
  if (wants_previews(config_.train)) prepare_previews();
  folder_->write_config(config_);
  folder_->write_description(description);
  folder_->open_metrics(columns(), progress.step);
}

// Hours of painting on one rank would be hours in which the others wait, longer than they do for anybody.
void RunRecord::prepare_previews() {
  if (setup_.ranks.size() > 1) {
    log_info("where several processes train together no previews are painted, and no checkpoint is called the best");
    return;
  }
  previews_.emplace(setup_.options, setup_.tokenizer, setup_.registry);
  if (!config_.train.judge.empty()) judge_.emplace(setup_.options, setup_.registry, subject_photos());
}

std::vector<at::Tensor> RunRecord::subject_photos() const {
  std::vector<at::Tensor> photos;
  for (const TrainingImage& image : setup_.sets.train)
    photos.push_back(load_training_image(image, config_.data, false).unsqueeze(0).to(setup_.options.run.device));
  return photos;
}

std::vector<std::string> RunRecord::columns() const {
  std::vector<std::string> names = {"loss",         "learning_rate", "grad_norm", "images_per_second",
                                    "memory_bytes", "skipped"};
  std::vector<std::string> terms = {"mse"};
  for (const WeightedLoss& loss : setup_.losses.all()) terms.push_back(loss.name);
  for (const std::string& term : terms) {
    names.push_back(term + "_train");
    if (!setup_.sets.reg.empty()) names.push_back(term + "_reg");
    names.push_back(term + "_grad_norm");
  }
  for (const auto& [figure, value] : setup_.losses.statistics()) names.push_back(figure);
  names.push_back("identity");
  return names;
}

void RunRecord::add(const StepReport& report, std::map<std::string, double> metrics) {
  const double images =
      static_cast<double>(config_.data.batch_size * config_.train.accumulation * (setup_.sets.reg.empty() ? 1 : 2)) *
      setup_.ranks.size();
  metrics["images_per_second"] = images / report.seconds;
  metrics["memory_bytes"] = static_cast<double>(resident_memory());
  metrics["skipped"] = static_cast<double>(progress_.skipped);
  for (const auto& [figure, value] : setup_.losses.statistics()) metrics[figure] = value;
  folder_->add_metrics(report.step, metrics);
}

// The checkpoint comes first: painting loads a second model, and a run that dies of it shall not have lost a thing.
void RunRecord::at_intervals() {
  const TrainConfig& t = config_.train;
  const auto due = [&](std::int64_t every) { return every > 0 && progress_.step % every == 0; };
  if (due(t.checkpoint_every) || progress_.step >= t.steps) save();
  if (previews_ && due(t.preview_every)) paint();
}

// A full disk costs the previews, not the run.
void RunRecord::paint() {
  try {
    const at::Tensor pictures = previews_->paint(setup_.networks.changed(progress_.optimization.weights_for_use()),
                                                 folder_->preview_file(progress_.step));
    folder_->show_preview(progress_.step);
    if (!judge_) return;
    if (const auto identity = judge_->score(pictures)) judge(*identity);
  } catch (const Cancelled&) {
    save_once();
    throw;
  } catch (const Error& e) {
    log_error(std::string(e.what()) + "; training goes on");
  }
}

// The best checkpoint is the one whose previews look most like the subject. What cannot be saved is none.
void RunRecord::judge(double identity) {
  log_info("step " + std::to_string(progress_.step) + ": identity of the previews " + format_number(identity));
  folder_->complete_metrics("identity", identity);
  if (best_identity_ && identity <= *best_identity_) return;
  save_once();
  if (saved_step_ != progress_.step) return;
  setup_.checkpoints.set_best(progress_.step, identity);
  best_identity_ = identity;
}

void RunRecord::save_once() {
  if (saved_step_ != progress_.step) save();
}

void RunRecord::save() {
  const auto write_model = [&](const std::filesystem::path& folder) {
    setup_.networks.write(folder, progress_.optimization.weights_for_use(),
                          metadata_of(setup_.options, progress_.step));
  };
  const bool at_end = progress_.step >= config_.train.steps;
  if (setup_.checkpoints.save_or_go_on(progress_.state(), write_model, config_.train.keep_last, at_end))
    saved_step_ = progress_.step;
}

}  // namespace miafr
