// Training steps on a device that is not the CPU: every tensor in its place, and the CPU's numbers.
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/runtime/plugin_registry.h"
#include "core/train/adamw.h"
#include "core/train/gradients.h"
#include "core/train/hosted_losses.h"
#include "core/train/trained_networks.h"
#include "core/train/training_loss.h"
#include "core/train/training_noise.h"
#include "tests/support/fake_device.h"
#include "tests/support/files.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

TrainingBatch batch_of(BatchRole role, at::Device device) {
  const TrainingNoise noise(5);
  const ImageRange images{0, role == BatchRole::kTrain ? 0 : 1, 0, 2};
  TrainingBatch batch;
  batch.role = role;
  batch.latents = noise.posterior(images, {4, 8, 8}).to(device);
  batch.noise = noise.noise(images, {4, 8, 8}).to(device);
  batch.timesteps = noise.timesteps(images, 1000).to(device);
  batch.ids = at::full({2, 77}, role == BatchRole::kTrain ? 400 : 500, at::kLong).to(device);
  return batch;
}

// Two steps; the losses, the gradient's norm and a weight afterwards, on the CPU.
std::vector<double> steps_on(at::Device device, TrainConfig config) {
  ModelConfig tiny;
  tiny.unet_num_heads = tiny.text_encoder_heads = 4;
  StableDiffusion model(miafr_tests::tiny_sd_checkpoint(), tiny, {device});
  const TrainedNetworks networks(model, config);
  PluginRegistry registry({miafr_tests::plugin_folder()});
  const HostedLosses losses({{"cosine", 0.1}, {"contrastive", 0.1}}, registry, {device, 2, {}});
  TrainingLossSettings settings;
  settings.min_snr_gamma = 5;
  const NoiseSchedule schedule;
  const TrainingLoss loss(networks.unet(), &networks.text_encoder(), schedule, losses.all(), settings, {});
  AdamWSettings adamw;
  adamw.eight_bit = config.optimizer == "adamw8bit";
  AdamW optimizer(networks.trained(), adamw);
  std::vector<double> results;
  for (int step = 0; step < 2; ++step) {
    clear_gradients(networks.trained());
    const auto terms = loss({batch_of(BatchRole::kTrain, device), batch_of(BatchRole::kRegularization, device)}, step);
    for (const LossTerm& term : terms) results.push_back(term.value.item<double>());
    total_of(terms).backward();
    results.push_back(norm_of_gradients(networks.trained()));
    scale_gradients(networks.trained(), 0.5);
    optimizer.step(1e-4);
  }
  results.push_back(networks.trained().front().second.detach().abs().sum().item<double>());
  return results;
}

void expect_same_on_both(const TrainConfig& config) {
  const std::vector<double> here = steps_on(at::kCPU, config), there = steps_on(miafr_tests::fake_device(), config);
  ASSERT_EQ(here.size(), there.size());
  for (std::size_t i = 0; i < here.size(); ++i) EXPECT_NEAR(here[i], there[i], 1e-4 * std::abs(here[i])) << i;
}

TEST(TrainingOnADevice, AllWeights) {
  TrainConfig config;
  config.gradient_checkpointing = false;
  expect_same_on_both(config);
}

TEST(TrainingOnADevice, RecomputedActivationsAndEightBitStates) {
  TrainConfig config;
  config.optimizer = "adamw8bit";
  expect_same_on_both(config);
}

TEST(TrainingOnADevice, Lora) {
  TrainConfig config;
  config.method = "lora";
  expect_same_on_both(config);
}

}  // namespace
}  // namespace miafr
