// Which weights miafr generate takes from a checkpoint, and what it refuses.
#include <gtest/gtest.h>

#include "tests/core/commands/tiny_generate.h"

namespace miafr_tests {
namespace {

TEST(GenerateWeights, InHalfTheBytesPaintNearlyTheSame) {
  const auto painted = [](const std::string& dtype) {
    return latent_of(checkpoint(), {"--prompt", "a dog", "--dtype", dtype});
  };
  const at::Tensor full = painted("float32");
  const auto error = [&](const at::Tensor& latent) {
    return ((latent - full).abs().max() / full.std()).item<double>();
  };
  EXPECT_LT(error(painted("float16")), 1e-4) << "the checkpoint is of float16, so nothing is lost";
  EXPECT_LT(error(painted("bfloat16")), 0.1);  // 8 bits of mantissa, three steps
  EXPECT_GT(error(painted("bfloat16")), 1e-4);
}

TEST(GenerateWeights, AnotherModelsKeysAreNamed) {
  auto tensors = tiny_sd_tensors();
  const std::string gone = "model.diffusion_model.middle_block.0.in_layers.2.weight",
                    wrong = "model.diffusion_model.out.2.bias";
  tensors.erase(gone);
  tensors[wrong] = at::zeros({5}, at::kHalf);
  tensors["model.diffusion_model.surplus"] = at::zeros({1}, at::kHalf);
  const auto other = generate_with(written(tensors), small({"--prompt", "a"}), temporary_folder());
  EXPECT_EQ(other.exit_code, 1);
  for (const std::string& text :
       {gone, wrong + " is [5] and must be [4]", std::string("model.diffusion_model.surplus")})
    EXPECT_NE(other.err.find(text), std::string::npos) << other.err;
}

TEST(GenerateWeights, WithoutStrictnessWhatIsMissingIsZero) {
  auto other = tiny_sd_tensors(), zeroed = other;
  const std::string gone = "model.diffusion_model.middle_block.0.in_layers.2.weight",
                    wrong = "model.diffusion_model.out.2.bias";
  other.erase(gone);
  other[wrong] = at::ones({5}, at::kHalf);
  other["model.diffusion_model.surplus"] = at::ones({1}, at::kHalf);
  for (const std::string& name : {gone, wrong}) zeroed[name] = at::zeros_like(zeroed[name]);
  const fs::path out = temporary_folder();
  const auto loose = generate_with(written(other), small({"--prompt", "a dog", "--no-strict", "--save_latents"}), out);
  ASSERT_EQ(loose.exit_code, 0) << loose.err;
  for (const std::string& text : {"1 keys are missing: " + gone, wrong + " is [5] and must be [4]",
                                  std::string("model.diffusion_model.surplus"), std::string("what is missing is zero")})
    EXPECT_NE(loose.err.find(text), std::string::npos) << loose.err;
  EXPECT_TRUE(at::equal(read_latent(out), latent_of(written(zeroed), {"--prompt", "a dog"})));
  EXPECT_FALSE(at::equal(read_latent(out), latent_of(checkpoint(), {"--prompt", "a dog"})));
}

TEST(GenerateWeights, AveragedWeightsTakeTheUNetsPlace) {
  auto both = tiny_sd_tensors(), averaged = both;
  const std::string unet = "model.diffusion_model.";
  for (const auto& [name, tensor] : tiny_sd_tensors()) {
    if (name.rfind(unet, 0) != 0) continue;
    std::string path = name.substr(std::string("model.").size());
    path.erase(std::remove(path.begin(), path.end(), '.'), path.end());
    both["model_ema." + path] = averaged[name] = tensor * 0.75;
  }
  const fs::path file = written(both);
  EXPECT_NE(miafr({"inspect", file.string()}).out.find("generate --ema uses them"), std::string::npos);
  const at::Tensor ema = latent_of(file, {"--prompt", "a dog", "--ema"});
  EXPECT_TRUE(at::equal(ema, latent_of(written(averaged), {"--prompt", "a dog"})));
  const at::Tensor last = latent_of(file, {"--prompt", "a dog"});
  EXPECT_TRUE(at::equal(last, latent_of(checkpoint(), {"--prompt", "a dog"})));
  EXPECT_FALSE(at::equal(last, ema));
}

TEST(GenerateWeights, AnInpaintingModelIsKnownAndRefused) {
  auto tensors = tiny_sd_tensors();
  tensors["model.diffusion_model.input_blocks.0.0.weight"] = at::zeros({32, 9, 3, 3}, at::kHalf);
  const fs::path file = written(tensors);
  EXPECT_NE(miafr({"inspect", file.string()}).out.find("9 input channels (inpainting)"), std::string::npos);
  const auto refused = generate_with(file, small({"--prompt", "a dog"}), temporary_folder());
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.err, "miafr: error: " + file.string() +
                             ": its U-Net takes 9 channels, as for inpainting, and not the latent's 4; it cannot make "
                             "a picture from text alone\n");
}

}  // namespace
}  // namespace miafr_tests
