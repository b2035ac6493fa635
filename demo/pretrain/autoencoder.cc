// Pixels, the differences between neighbouring pixels (edges stay sharp without an adversary), and KL divergence.
#include <torch/types.h>

#include "demo/pretrain/base_model.h"
#include "demo/pretrain/stages.h"
#include "demo/pretrain/world.h"

namespace miafr::demo {
namespace {

constexpr std::int64_t kSteps = 3000, kBatch = 16;
constexpr std::int64_t kPhotos = 20000;
// A convolution learns from a quarter of a photo as well; the last steps see whole ones, as the attention will.
constexpr std::int64_t kCrop = 32, kLastPart = 8;
constexpr double kKlWeight = 1e-3, kEdgeWeight = 1;

at::Tensor difference(const at::Tensor& x, std::int64_t dim) { return x.slice(dim, 1) - x.slice(dim, 0, -1); }

at::Tensor reconstruction_loss(const at::Tensor& is, const at::Tensor& ought) {
  at::Tensor loss = at::l1_loss(is, ought);
  for (const std::int64_t dim : {2, 3})
    loss = loss + 0.5 * kEdgeWeight * at::l1_loss(difference(is, dim), difference(ought, dim));
  return loss;
}

at::Tensor draw_crops(std::int64_t count, std::int64_t side, at::Generator& generator) {
  const auto any = [&](std::int64_t below) {
    return static_cast<std::uint64_t>(at::randint(below, {1}, generator, at::kLong).item<std::int64_t>());
  };
  std::vector<PhotoPlan> plans;
  for (std::int64_t i = 0; i < count; ++i) plans.push_back(photo_plan(kBasePeople + any(kPhotos), 0));
  const at::Tensor photos = to_unit_range(render_photos(plans));
  std::vector<at::Tensor> crops;
  for (std::int64_t i = 0; i < count; ++i) {
    const auto place = [&] { return static_cast<std::int64_t>(any(kPhotoSide - side + 1)); };
    crops.push_back(photos[i].narrow(1, place(), side).narrow(2, place(), side));
  }
  return at::stack(crops);
}

// Of the posterior to the standard normal distribution, for each element of the latent.
at::Tensor kl_divergence(const at::Tensor& moments) {
  const auto halves = moments.chunk(2, 1);
  const at::Tensor log_variance = at::clamp(halves[1], -30.0, 20.0);
  return 0.5 * (halves[0].square() + log_variance.exp() - 1 - log_variance).mean();
}

}  // namespace

void train_autoencoder(const StageOptions& options) {
  TrainingPlan plan = stage_plan(options, "autoencoder", kSteps, 1e-3);
  plan.weight_decay = 0;
  plan.ema = 0.995;
  TrainingRun run(plan);
  const Scope scope(run.trained(), kAutoencoderPrefix);
  const AutoencoderEncoder encoder(base_autoencoder(), scope);
  const AutoencoderDecoder decoder(base_autoencoder(), scope);
  run.train([&](std::int64_t step, at::Generator& generator) {
    const bool whole = step >= plan.steps - plan.steps / kLastPart;
    const std::int64_t side = whole ? kPhotoSide : kCrop;
    const at::Tensor photos = draw_crops(whole ? kBatch / 2 : kBatch, side, generator);  // [N, 3, side, side]
    const at::Tensor moments = encoder.forward(photos);                                  // [N, 8, side/4, side/4]
    const at::Tensor noise = at::randn({photos.size(0), 4, side / 4, side / 4}, generator, at::kFloat);
    const at::Tensor again = decoder.forward(sample_posterior(moments, noise));
    return reconstruction_loss(again, photos) + kKlWeight * kl_divergence(moments);
  });
}

}  // namespace miafr::demo
