#include "core/experiment/estimate.h"

#include <algorithm>
#include <cmath>

#include "core/base/text.h"
#include "core/io/checkpoint.h"

namespace miafr {
namespace {

bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// Of the checkpoints that a training keeps, and the one that it is writing.
double checkpoints_at_once(const TrainConfig& train) {
  const std::int64_t made =
      train.checkpoint_every > 0 ? (train.steps + train.checkpoint_every - 1) / train.checkpoint_every : 1;
  return static_cast<double>(std::min(made, std::max<std::int64_t>(1, train.keep_last) + 1));
}

}  // namespace

std::int64_t pictures_in(const Experiment& experiment, const Method& method) {
  return static_cast<std::int64_t>(experiment.prompts.size()) * method.config.generate.images;
}

ThroughputEstimate::ThroughputEstimate(const Experiment& experiment, const std::filesystem::path& out) {
  for (const Trial& trial : trials_of(experiment)) {
    const TrialRecord record = read_record(TrialFolder(out, trial).record());
    const auto add = [](Mean& mean, double seconds, std::int64_t count) {
      mean.seconds += seconds;
      mean.count += static_cast<double>(count);
    };
    const std::string last = experiment.methods[trial.method].stages().back();
    if (record.stage("train").done) add(step_[trial.method], record.stage("train").seconds, record.steps);
    if (record.stage(last).done) add(picture_[trial.method], record.stage(last).seconds, record.images);
  }
}

std::optional<double> ThroughputEstimate::of(const std::map<std::size_t, Mean>& means, std::size_t loss) {
  Mean all;
  for (const auto& [of_loss, mean] : means) {
    all.seconds += mean.seconds;
    all.count += mean.count;
  }
  const auto found = means.find(loss);
  const Mean& best = found == means.end() ? all : found->second;
  if (best.count <= 0) return std::nullopt;
  return best.seconds / best.count;
}

std::optional<double> ThroughputEstimate::seconds_left(const Experiment& experiment, const Trial& trial,
                                                       const TrialRecord& record) const {
  const auto step = of(step_, trial.method), picture = of(picture_, trial.method);
  const Method& method = experiment.methods[trial.method];
  const bool train = method.trains() && !record.stage("train").done;
  const bool paint = !record.stage(method.stages().back()).done;
  if ((train && !step) || (paint && !picture)) return std::nullopt;
  const auto steps = static_cast<double>(method.config.train.steps);
  return (train ? *step * steps : 0) + (paint ? *picture * static_cast<double>(pictures_in(experiment, method)) : 0);
}

CheckpointSize size_of_checkpoint(const std::filesystem::path& path) {
  CheckpointSize size;
  for (const auto& [name, entry] : open_checkpoint(path).entries) {
    if (starts_with(name, "model_ema.")) continue;
    const auto count = static_cast<double>(entry.info.numel());
    size.all += count;
    if (starts_with(name, "model.diffusion_model.") || starts_with(name, "unet.")) size.unet += count;
    if (starts_with(name, "cond_stage_model.") || starts_with(name, "text_encoder.")) size.text += count;
    const auto& shape = entry.info.shape;
    if (shape.size() != 2) continue;
    const auto sides = static_cast<double>(shape[0] + shape[1]);
    if (contains(name, ".attn1.to_") || contains(name, ".attn2.to_") || contains(name, ".self_attn."))
      size.lora_attention += sides;
    if (contains(name, ".ff.net.") || contains(name, ".mlp.fc")) size.lora_other += sides;
  }
  return size;
}

Disk disk_of(const Experiment& experiment, const Trial& trial, const CheckpointSize& size) {
  const Method& method = experiment.methods[trial.method];
  const TrainConfig& train = method.config.train;
  constexpr double kFloat = 4, kPixel = 2.2;  // bytes of a number in the state; of a pixel in a PNG of a photo
  const bool lora = train.method == "lora";
  const double of_lora = static_cast<double>(train.lora_rank) *
                         (size.lora_attention + (train.lora_modules == "attention" ? 0 : size.lora_other));
  const double trained = lora ? of_lora : size.unet + (train.train_text_encoder ? size.text : 0);
  const double model = (lora ? of_lora : size.all) * (train.save_dtype == "float32" ? 4 : 2);
  const double moments = train.optimizer == "adamw8bit" ? 0.5 : 2;
  const double state = trained * kFloat * (1 + moments + (train.use_ema ? 1 : 0));
  const GenerateConfig& generate = method.config.generate;
  const double pictures = kPixel * static_cast<double>(generate.width * generate.height) *
                          static_cast<double>(pictures_in(experiment, method));
  if (!method.trains()) return {pictures, pictures};
  Disk disk;
  disk.at_most = checkpoints_at_once(train) * (model + state) + pictures;
  disk.kept = pictures + (experiment.keep == "none" ? 0 : model);
  if (experiment.keep == "all") disk.kept = disk.at_most;
  return disk;
}

}  // namespace miafr
