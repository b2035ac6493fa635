// A LoRA's file says what was trained: read again it changes the checkpoint's weights by just as much.
#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/train/trained_networks.h"
#include "tests/support/files.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

ModelConfig tiny_model() {
  ModelConfig config;
  config.unet_num_heads = config.text_encoder_heads = 4;
  return config;
}

class LoraFile : public testing::TestWithParam<const char*> {};

TEST_P(LoraFile, IsWhatWasTrained) {
  TrainConfig config;
  config.method = "lora";
  config.lora_rank = 4;
  config.lora_alpha = 6;  // so that a forgotten, or a doubled, alpha / rank shows
  config.lora_modules = "all";
  config.lora_names = GetParam();
  StableDiffusion model(miafr_tests::tiny_sd_checkpoint(), tiny_model(), {});
  const TrainedNetworks networks(model, config);
  at::manual_seed(1);
  {
    const at::NoGradGuard no_gradients;
    for (const auto& [name, tensor] : networks.trained()) at::Tensor(tensor).normal_(0, 0.1);
  }
  const std::filesystem::path folder = miafr_tests::temporary_folder();
  networks.write(folder, networks.trained(), {});

  StableDiffusion read(miafr_tests::tiny_sd_checkpoint(), tiny_model(), {}, {{folder / "lora.safetensors", 1}});
  StableDiffusion base(miafr_tests::tiny_sd_checkpoint(), tiny_model(), {});
  const TensorState changed = networks.changed(networks.trained());
  ASSERT_EQ(changed.size() * 2, networks.trained().size());
  for (const auto& [name, trained] : changed) {
    const at::Tensor was = base.parameters().get(name, trained.sizes()).to(at::kFloat);
    const at::Tensor is = read.parameters().get(name, trained.sizes()).to(at::kFloat);
    const double moved = (trained.to(at::kFloat) - was).norm().item<double>();
    EXPECT_GT(moved, 0) << name;
    EXPECT_LT((is - trained.to(at::kFloat)).norm().item<double>(), 1e-3 * moved) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Names, LoraFile, testing::Values("kohya", "diffusers"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace miafr
