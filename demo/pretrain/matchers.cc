// Two face matchers of the drawn world, trained on different people with different losses and depths: one for a loss to
// train against, the other to judge.
#include <torch/types.h>

#include <algorithm>
#include <iostream>

#include "core/face/aligned_faces.h"
#include "demo/pretrain/face_net.h"
#include "demo/pretrain/margin_losses.h"
#include "demo/pretrain/stages.h"
#include "demo/pretrain/world.h"

namespace miafr::demo {
namespace {

constexpr std::int64_t kPeople = 1500, kPhotosEach = 16, kBatch = 48;

struct Gallery {
  at::Tensor photos;  // [people * photos each, 3, 64, 64] uint8
  at::Tensor points;  // [people * photos each, 5, 2]
};

Gallery draw_gallery(std::uint64_t first, const std::string& name) {
  std::cerr << name << ": drawing " << kPeople * kPhotosEach << " photos\n";
  Gallery gallery{at::empty({kPeople * kPhotosEach, 3, kPhotoSide, kPhotoSide}, at::kByte),
                  at::empty({kPeople * kPhotosEach, 5, 2})};
  for (std::int64_t person = 0; person < kPeople; ++person) {
    std::vector<PhotoPlan> plans;
    for (std::int64_t n = 0; n < kPhotosEach; ++n)
      plans.push_back(photo_plan(first + static_cast<std::uint64_t>(person), static_cast<std::uint64_t>(n)));
    const Photos photos = draw_photos(plans);
    gallery.photos.narrow(0, person * kPhotosEach, kPhotosEach).copy_(photos.pixels);
    gallery.points.narrow(0, person * kPhotosEach, kPhotosEach).copy_(photos.landmarks);
  }
  return gallery;
}

// What a matcher meets: points that a detector found, pictures that went through an autoencoder.
at::Tensor augmented(at::Tensor pixels, at::Generator& generator) {  // [N, 3, 64, 64] in 0..255
  const std::int64_t n = pixels.size(0);
  const auto uniform = [&](std::int64_t channels) { return at::rand({n, channels, 1, 1}, generator, at::kFloat); };
  const at::Tensor blurred = at::avg_pool2d(at::replication_pad2d(pixels, {1, 1, 1, 1}), {3, 3}, {1, 1});
  pixels = at::lerp(pixels, blurred, uniform(1));
  pixels = pixels * (0.9 + 0.2 * uniform(3)) + 20 * (uniform(3) - 0.5);
  pixels = pixels + 6 * uniform(1) * at::randn(pixels.sizes(), generator, at::kFloat);
  return pixels.clamp(0, 255);
}

using MarginLoss = at::Tensor (*)(const at::Tensor&, const at::Tensor&, const at::Tensor&, double, double);

void train_matcher(const TrainingPlan& plan, const IResNetConfig& config, ChannelOrder order, std::uint64_t people,
                   MarginLoss loss, double margin) {
  TrainingRun run(plan);
  const TrainingIResNet net(config, run);
  const at::Tensor centres = run.trained().get("centres.embedding", {kPeople, config.embedding_size});
  const Gallery gallery = draw_gallery(people, plan.name);
  FaceInput input;
  input.channel_order = order;
  input.input_height = input.input_width = config.input;
  input.template_points = iresnet_points(config.input);
  run.train([&](std::int64_t step, at::Generator& generator) {
    const at::Tensor chosen = at::randint(gallery.photos.size(0), {kBatch}, generator, at::kLong);
    const at::Tensor jitter = 0.6 * at::randn({kBatch, 5, 2}, generator, at::kFloat);
    const at::Tensor pixels = augmented(gallery.photos.index_select(0, chosen).to(at::kFloat), generator);
    at::Tensor faces = aligned_faces(pixels, gallery.points.index_select(0, chosen) + jitter, input);
    const at::Tensor mirrored = at::rand({kBatch, 1, 1, 1}, generator, at::kFloat) < 0.5;
    faces = at::where(mirrored, faces.flip(3), faces);
    // The margin grows in, or nothing is learnt at first.
    const double share = std::min(1.0, double(step) / (0.4 * double(plan.steps)));
    return loss(net.forward(faces, true), centres, at::floor_divide(chosen, kPhotosEach), margin * share, 32);
  });
}

TrainingPlan matcher_plan(const StageOptions& options, const std::string& name) {
  TrainingPlan plan = stage_plan(options, name, 2400, 2e-3);
  plan.weight_decay = 0.02;
  plan.ema = 0.99;
  return plan;
}

}  // namespace

void train_arcface(const StageOptions& options) {
  IResNetConfig config;
  config.input = 56;  // about what a face has in a photo of 64 pixels
  config.depths = {1, 1, 1};
  config.widths = {16, 48, 96};
  config.embedding_size = 128;
  train_matcher(matcher_plan(options, "arcface"), config, ChannelOrder::kRgb, kLossPeople, arcface_loss, 0.4);
}

void train_adaface(const StageOptions& options) {
  IResNetConfig config;
  config.layout = IResNetConfig::Layout::kAdaFace;
  config.input = 56;
  config.depths = {1, 2, 1};
  config.widths = {16, 40, 96};
  config.embedding_size = 128;
  train_matcher(matcher_plan(options, "adaface"), config, ChannelOrder::kBgr, kJudgePeople, adaface_loss, 0.3);
}

}  // namespace miafr::demo
