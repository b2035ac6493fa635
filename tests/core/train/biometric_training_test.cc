// The biometric loss with the real dlib ResNet on the public-domain portrait: its gradient on a U-Net is the slope of
// the loss, and training with it brings the face back.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <opencv2/imgcodecs.hpp>

#include "core/nn/autoencoder_kl.h"
#include "core/runtime/plugin_registry.h"
#include "core/train/adamw.h"
#include "core/train/gradients.h"
#include "core/train/hosted_losses.h"
#include "core/train/trained_parameters.h"
#include "core/train/training_loss.h"
#include "tests/support/process.h"
#include "tests/support/rule_parameters.h"

namespace miafr {
namespace {

using Decode = std::function<at::Tensor(const at::Tensor&)>;

constexpr std::int64_t kContext = 64;
constexpr double kLossChange = 5e-5;

// 128 x 128 pixels around the face of astronaut.png, in [-1,1], and the face's points in it.
at::Tensor portrait() {
  cv::Mat bgr = cv::imread(miafr_tests::data_file("models/astronaut.png").string());
  const at::Tensor whole = at::from_blob(bgr.data, {bgr.rows, bgr.cols, 3}, at::kByte).flip(2);  // [512, 512, 3] RGB
  const at::Tensor part = whole.slice(0, 52, 180).slice(1, 160, 288);
  return part.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat) / 127.5 - 1;  // [1, 3, 128, 128]
}
at::Tensor face_points() {
  return at::tensor({45.01, 49.73, 86.76, 51.71, 64.67, 76.97, 41.72, 87.25, 85.27, 89.86})
      .to(at::kFloat)
      .view({1, 5, 2});
}

UNetConfig tiny_unet() {
  UNetConfig config;
  config.model_channels = 32;
  config.num_heads = 4;
  config.context_dim = kContext;
  config.num_res_blocks = 1;
  config.channel_mult = {1, 2, 2};
  config.has_attention = {false, true, false};
  return config;
}

// A U-Net, the biometric loss, and the portrait as the only photo.
class PortraitTraining {
 public:
  // latents: of the portrait, which `decode` turns into pictures.
  PortraitTraining(at::Tensor latents, Decode decode, double weight)
      : latents_(std::move(latents)),
        decode_(std::move(decode)),
        losses_({{"biometric", weight, {{"time_weight", "none"}}}}, registry_,
                RunSettings{at::kCPU, 1, {(miafr_tests::prefix() / "share" / "miafr" / "models").string()}}),
        loss_(unet_, nullptr, schedule_, losses_.all(), TrainingLossSettings{1.0, false, 1, 0}, decode_) {}

  const NamedTensors& trained() const { return parameters_.trained(); }

  // Terms at timestep t with the seed's noise: mean squared error, biometric.
  std::vector<LossTerm> terms(std::int64_t t, std::uint64_t seed) const {
    TrainingBatch batch;
    batch.latents = latents_;
    batch.noise = at::randn(latents_.sizes(), at::detail::createCPUGenerator(seed), latents_.options());
    batch.timesteps = at::full({1}, t, at::kLong);
    batch.hidden = miafr_tests::rule_tensor("hidden", {1, 77, kContext});
    batch.image = image_;
    batch.face_points = face_points();
    return loss_({batch}, 0);
  }

  double distance(std::int64_t t, std::uint64_t seed) const { return terms(t, seed).at(1).value.item<double>(); }

 private:
  const at::Tensor image_ = portrait();
  const at::Tensor latents_;
  const Decode decode_;
  miafr_tests::RuleParameters rule_;
  FullParameters parameters_{rule_};
  const UNetModel unet_{tiny_unet(), {parameters_, "model.diffusion_model"}};
  const NoiseSchedule schedule_;
  PluginRegistry registry_{{miafr_tests::plugin_folder()}};
  const HostedLosses losses_;
  const TrainingLoss loss_;
};

// d loss / d (unit direction of the gradient of one tensor), by central differences.
double slope(const PortraitTraining& training, const at::Tensor& parameter, double step) {
  const at::NoGradGuard no_grad;
  const at::Tensor direction = parameter.grad() / parameter.grad().norm();
  at::Tensor values = parameter.detach();  // shares memory
  values.add_(direction, step);
  const double above = training.distance(300, 7);
  values.sub_(direction, 2 * step);
  const double below = training.distance(300, 7);
  values.add_(direction, step);
  return (above - below) / (2 * step);
}

// Through the tiny model's own decoder, whose weights are random.
TEST(BiometricTraining, TheGradientOnTheUNetIsTheLossesSlope) {
  AutoencoderConfig config;
  config.channels = 32;
  miafr_tests::RuleParameters rule;
  const AutoencoderDecoder decoder(config, {rule, "first_stage_model"});
  const PortraitTraining training(
      miafr_tests::rule_tensor("latents", {1, 4, 16, 16}), [&](const at::Tensor& z) { return decoder.forward(z); }, 1);
  training.terms(300, 7).at(1).value.backward();
  for (const char* name : {"out.2.weight", "input_blocks.0.0.weight", "time_embed.0.weight",
                           "middle_block.0.out_layers.3.weight", "output_blocks.3.0.in_layers.2.weight"}) {
    at::Tensor parameter;
    for (const auto& [full, tensor] : training.trained())
      if (full == std::string("model.diffusion_model.") + name) parameter = tensor;
    ASSERT_TRUE(parameter.defined()) << name;
    const double norm = parameter.grad().norm().item<double>();
    ASSERT_GT(norm, 1e-4) << name;
    // So small a step that few ReLUs of the matcher change sides, and large enough for float32.
    EXPECT_NEAR(slope(training, parameter, kLossChange / norm), norm, 0.02 * norm) << name;
  }
}

// 50 steps with that weight, five timesteps and noises in turn; then the mean distance at these.
double distance_after_training(double weight, double* before = nullptr) {
  // A stand-in for the autoencoder that loses little: latents are the picture at half its size, and a zero.
  const at::Tensor small = at::avg_pool2d(portrait(), {2, 2});
  const at::Tensor latents = at::cat({small, at::zeros({1, 1, 64, 64})}, 1);
  const Decode enlarge = [](const at::Tensor& z) {
    return at::upsample_bilinear2d(z.slice(1, 0, 3), {128, 128}, /*align_corners=*/false);
  };
  const PortraitTraining training(latents, enlarge, weight);
  const auto mean_distance = [&] {
    const at::NoGradGuard no_grad;
    double sum = 0;
    for (int i = 0; i < 5; ++i) sum += training.distance(100 + 100 * i, i);
    return sum / 5;
  };
  if (before) *before = mean_distance();
  AdamW optimizer(training.trained(), AdamWSettings{});
  for (int step = 0; step < 50; ++step) {
    clear_gradients(training.trained());
    total_of(training.terms(100 + 100 * (step % 5), step % 5)).backward();
    optimizer.step(3e-4);
  }
  return mean_distance();
}

TEST(BiometricTraining, BringsTheFaceBackAndMoreSoWithMoreWeight) {
  double before = 0;
  const double plain = distance_after_training(0, &before), some = distance_after_training(0.1),
               more = distance_after_training(1);
  EXPECT_LT(some, 0.7 * plain);  // as measured: 0.138 before, then 0.095, 0.043, 0.017
  EXPECT_LT(more, 0.7 * some);
  EXPECT_LT(more, 0.3 * before);
}

}  // namespace
}  // namespace miafr
