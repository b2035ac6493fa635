#include "core/experiment/estimate.h"

#include <algorithm>
#include <cmath>

#include "core/io/checkpoint.h"
#include "core/base/text.h"

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

Pace::Pace(const Experiment& experiment, const std::filesystem::path& out) {
  for (const Cell& cell : cells_of(experiment)) {
    const CellRecord record = read_record(CellFolder(out, cell).record());
    const auto add = [](Mean& mean, double seconds, std::int64_t count) {
      mean.seconds += seconds;
      mean.count += static_cast<double>(count);
    };
    if (record.train.done) add(step_[cell.loss], record.train.seconds, record.steps);
    if (record.generate.done) add(picture_[cell.loss], record.generate.seconds, record.images);
  }
}

std::optional<double> Pace::of(const std::map<std::size_t, Mean>& means, std::size_t loss) {
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

std::optional<double> Pace::seconds_left(const Experiment& experiment, const Cell& cell,
                                         const CellRecord& record) const {
  const auto step = of(step_, cell.loss), picture = of(picture_, cell.loss);
  const auto steps = static_cast<double>(experiment.losses[cell.loss].config.train.steps);
  const auto pictures = static_cast<double>(experiment.prompts.size()) * static_cast<double>(experiment.paint.images);
  if ((!record.train.done && !step) || (!record.generate.done && !picture)) return std::nullopt;
  return (record.train.done ? 0 : *step * steps) + (record.generate.done ? 0 : *picture * pictures);
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

Disk disk_of(const Experiment& experiment, const Cell& cell, const CheckpointSize& size) {
  const TrainConfig& train = experiment.losses[cell.loss].config.train;
  constexpr double kFloat = 4, kPixel = 2.2;  // bytes of a number in the state; of a pixel in a PNG of a photo
  const bool lora = train.method == "lora";
  const double of_lora = static_cast<double>(train.lora_rank) *
                         (size.lora_attention + (train.lora_modules == "attention" ? 0 : size.lora_other));
  const double trained = lora ? of_lora : size.unet + (train.train_text_encoder ? size.text : 0);
  const double model = (lora ? of_lora : size.all) * (train.save_dtype == "float32" ? 4 : 2);
  const double moments = train.optimizer == "adamw8bit" ? 0.5 : 2;
  const double state = trained * kFloat * (1 + moments + (train.use_ema ? 1 : 0));
  const PaintConfig& paint = experiment.paint;
  const double pictures = kPixel * static_cast<double>(paint.width * paint.height * paint.images) *
                          static_cast<double>(experiment.prompts.size());
  Disk disk;
  disk.at_most = checkpoints_at_once(train) * (model + state) + pictures;
  disk.kept = pictures + (experiment.keep == "none" ? 0 : model);
  if (experiment.keep == "all") disk.kept = disk.at_most;
  return disk;
}

}  // namespace miafr
