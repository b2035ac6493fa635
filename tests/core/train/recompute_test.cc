// Activations that are computed again in the backward pass change nothing, in half precision neither: the casts of the
// weights are those of the step.
#include "core/train/recompute.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/train/adamw.h"
#include "core/train/autocast.h"
#include "core/train/gradients.h"
#include "core/train/trained_networks.h"
#include "core/train/training_loss.h"
#include "core/train/training_noise.h"
#include "tests/support/files.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

TrainingBatch batch_of(BatchRole role, std::int64_t step) {
  const TrainingNoise noise(5);
  const ImageRange images{step, role == BatchRole::kTrain ? 0 : 1, 0, 1};
  TrainingBatch batch;
  batch.role = role;
  batch.latents = noise.posterior(images, {4, 8, 8});
  batch.noise = noise.noise(images, {4, 8, 8});
  batch.timesteps = noise.timesteps(images, 1000);
  batch.ids = at::full({1, 77}, role == BatchRole::kTrain ? 400 : 500, at::kLong);
  return batch;
}

class TinyTraining {
 public:
  TinyTraining(at::ScalarType precision, bool recomputes) : precision_(precision) {
    config_.gradient_checkpointing = recomputes;
    networks_ = std::make_unique<TrainedNetworks>(model_, config_);
    loss_ = std::make_unique<TrainingLoss>(networks_->unet(), &networks_->text_encoder(), schedule_,
                                           std::vector<WeightedLoss>{}, TrainingLossSettings{}, nullptr);
    optimizer_ = std::make_unique<AdamW>(networks_->trained(), AdamWSettings{});
  }

  at::Tensor loss(std::int64_t step) const {
    const Autocast autocast(at::kCPU, precision_);
    return total_of((*loss_)({batch_of(BatchRole::kTrain, step), batch_of(BatchRole::kRegularization, step)}, step));
  }

  // Loss and gradient's norm.
  std::vector<double> step(std::int64_t step) {
    clear_gradients(networks_->trained());
    const at::Tensor total = loss(step);
    total.backward();
    optimizer_->step(1e-3);
    return {total.item<double>(), norm_of_gradients(networks_->trained())};
  }

 private:
  static ModelConfig tiny() {
    ModelConfig config;
    config.unet_num_heads = config.text_encoder_heads = 4;
    return config;
  }

  const at::ScalarType precision_;
  TrainConfig config_;
  StableDiffusion model_{miafr_tests::tiny_sd_checkpoint(), tiny(), {}};
  const NoiseSchedule schedule_;
  std::unique_ptr<TrainedNetworks> networks_;
  std::unique_ptr<TrainingLoss> loss_;
  std::unique_ptr<AdamW> optimizer_;
};

// Gradients are added up in another order, so to rounding.
void expect_same_steps(at::ScalarType precision, double tolerance) {
  TinyTraining kept(precision, false), recomputed(precision, true);
  for (std::int64_t step = 0; step < 3; ++step) {
    const std::vector<double> expected = kept.step(step), found = recomputed.step(step);
    for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(found[i], expected[i], tolerance * expected[i]) << step << " " << i;
  }
}

TEST(Recompute, ChangesNothing) { expect_same_steps(at::kFloat, 1e-4); }

TEST(Recompute, ChangesNothingInHalfPrecision) { expect_same_steps(at::kBFloat16, 2e-2); }

// Autocast remembers its casts of weights. Those of the second pass must go with it, or the next step would compute
// with the weights from before the optimizer's.
TEST(Recompute, LeavesNoCastsOfOldWeights) {
  const at::Tensor weight = at::ones({1, 4}).set_requires_grad(true), x = at::ones({1, 4});
  const UNetModel::Part part = [&](const std::vector<at::Tensor>& in) { return at::linear(in[0], weight); };
  const auto computed = [&] {
    const Autocast autocast(at::kCPU, at::kBFloat16);
    return recompute(part, {x});
  };
  const at::Tensor y = computed();
  ASSERT_EQ(y.scalar_type(), at::kBFloat16);
  EXPECT_EQ(y.item<float>(), 4);
  y.backward();
  {
    const at::NoGradGuard no_gradients;
    weight.mul_(2);
  }
  EXPECT_EQ(computed().item<float>(), 8);
}

}  // namespace
}  // namespace miafr
