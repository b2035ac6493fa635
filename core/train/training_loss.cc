#include "core/train/training_loss.h"

#include <utility>

#include "core/models/image_format.h"
#include "core/train/snr.h"

namespace miafr {
namespace {

at::Tensor per_image(const at::Tensor& values) { return values.view({-1, 1, 1, 1}); }

bool same_shape(const std::vector<TrainingBatch>& batches) {
  for (const TrainingBatch& batch : batches)
    if (!batch.latents.sizes().slice(1).equals(batches.front().latents.sizes().slice(1))) return false;
  return true;
}

at::Tensor joined(const std::vector<TrainingBatch>& batches, at::Tensor TrainingBatch::*member) {
  std::vector<at::Tensor> parts;
  for (const TrainingBatch& batch : batches) parts.push_back(batch.*member);
  return parts.size() == 1 ? parts.front() : at::cat(parts);
}

}  // namespace

TrainingLoss::TrainingLoss(const UNetModel& unet, const ClipTextEncoder* text_encoder, const NoiseSchedule& schedule,
                           std::vector<WeightedLoss> losses, TrainingLossSettings settings,
                           std::function<at::Tensor(const at::Tensor&)> decode)
    : unet_(unet),
      text_encoder_(text_encoder),
      alphas_cumprod_(at::tensor(schedule.alphas_cumprod(), at::kDouble)),
      losses_(std::move(losses)),
      settings_(settings),
      decode_(std::move(decode)) {
  for (const WeightedLoss& loss : losses_) needs_ |= loss.plugin.identity.flags;
}

at::Tensor TrainingLoss::alphas_cumprod(const at::Tensor& timesteps) const {
  return alphas_cumprod_.index_select(0, timesteps.cpu()).to(timesteps.device(), at::kFloat);  // [N]
}

// Both sets go through the networks as one batch: weights are read, and their gradients written, once.
at::Tensor TrainingLoss::predict(const std::vector<TrainingBatch>& batches, const at::Tensor& noisy) const {
  const at::Tensor hidden = batches.front().hidden.defined()
                                ? joined(batches, &TrainingBatch::hidden)
                                : text_encoder_->forward(joined(batches, &TrainingBatch::ids));  // [N, 77, D]
  return unet_.forward(in_image_format(noisy), joined(batches, &TrainingBatch::timesteps), unet_.read_context(hidden))
      .to(at::kFloat);
}

LossTerm TrainingLoss::mean_squared_error(const TrainingBatch& batch, const at::Tensor& prediction,
                                          const at::Tensor& acp) const {
  const at::Tensor a = per_image(acp);
  const at::Tensor target =
      settings_.v_prediction ? a.sqrt() * batch.noise - (1 - a).sqrt() * batch.latents : batch.noise;
  const at::Tensor squared = (prediction - target).pow(2);  // [N, C, h, w]
  if (settings_.min_snr_gamma == 0) return {"mse", batch.role, squared.mean()};
  const at::Tensor weights = min_snr_weights(
      alphas_cumprod_.to(batch.timesteps.device(), at::kFloat), batch.timesteps, settings_.min_snr_gamma,
      settings_.v_prediction ? PredictionTarget::kV : PredictionTarget::kEpsilon);  // [N]
  return {"mse", batch.role, (squared.flatten(1).mean(1) * weights).mean()};
}

LossInputs TrainingLoss::inputs_of(const TrainingBatch& batch, const TrainingBatch* pair, const at::Tensor& prediction,
                                   const at::Tensor& noisy, const at::Tensor& acp) const {
  const at::Tensor a = per_image(acp);
  LossInputs in;
  in.role = batch.role;
  in.noise_pred = settings_.v_prediction ? a.sqrt() * prediction + (1 - a).sqrt() * noisy : prediction;
  in.noise = batch.noise;
  in.timesteps = batch.timesteps;
  in.alphas_cumprod = acp;
  in.num_timesteps = alphas_cumprod_.size(0);
  if (needs_ & (kNeedsX0 | kNeedsImagePred)) in.x0_pred = (noisy - (1 - a).sqrt() * in.noise_pred) / a.sqrt();
  if (needs_ & kNeedsImagePred) in.image_pred = decode_(in.x0_pred / settings_.scale_factor);
  if (needs_ & (kNeedsImage | kNeedsFacePoints)) in.image = batch.image;
  if (needs_ & kNeedsFacePoints) in.face_points = batch.face_points;
  if (needs_ & kNeedsPair) {  // none of the other set is no pictures
    in.pair_image = pair ? pair->image : batch.image.slice(0, 0, 0);
    if (needs_ & kNeedsFacePoints) in.pair_face_points = pair ? pair->face_points : batch.face_points.slice(0, 0, 0);
  }
  return in;
}

std::vector<LossTerm> TrainingLoss::operator()(const std::vector<TrainingBatch>& batches, std::int64_t step) const {
  std::vector<at::Tensor> noisy, acps, predictions;
  for (const TrainingBatch& batch : batches) {
    acps.push_back(alphas_cumprod(batch.timesteps));
    const at::Tensor a = per_image(acps.back());
    noisy.push_back(a.sqrt() * batch.latents + (1 - a).sqrt() * batch.noise);
  }
  if (same_shape(batches)) {
    std::vector<std::int64_t> sizes;
    for (const TrainingBatch& batch : batches) sizes.push_back(batch.latents.size(0));
    predictions = predict(batches, at::cat(noisy)).split_with_sizes(sizes);
  } else {
    for (std::size_t i = 0; i < batches.size(); ++i) predictions.push_back(predict({batches[i]}, noisy[i]));
  }
  std::vector<LossTerm> terms;
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const double set_weight = batches[i].role == BatchRole::kTrain ? 1 : settings_.reg_weight;
    terms.push_back(mean_squared_error(batches[i], predictions[i], acps[i]));
    terms.back().weight = set_weight;
    if (losses_.empty()) continue;
    const TrainingBatch* pair = batches.size() == 2 ? &batches[1 - i] : nullptr;
    LossInputs in = inputs_of(batches[i], pair, predictions[i], noisy[i], acps[i]);
    in.step = step;
    for (const WeightedLoss& loss : losses_) {
      const at::Tensor value = loss.plugin.call("forward", [&](IdentityLoss& plugin) { return plugin.forward(in); });
      terms.push_back({loss.name, batches[i].role, value, set_weight * loss.weight});
    }
  }
  return terms;
}

at::Tensor total_of(const std::vector<LossTerm>& terms) {
  at::Tensor total;
  for (const LossTerm& term : terms) {
    const at::Tensor part = term.weight * term.value;
    total = total.defined() ? total + part : part;
  }
  return total;
}

}  // namespace miafr
