#include "core/train/snr.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <string>

#include "tests/support/fake_device.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

TEST(MinSnrWeights, EqualDiffusers) {
  const auto reference =
      miafr_tests::read_safetensors(miafr_tests::data_file("tests/core/train/reference/reference.safetensors"));
  const at::Tensor &alphas_cumprod = reference.at("snr.alphas_cumprod"), &timesteps = reference.at("snr.timesteps");
  for (const int gamma : {1, 5}) {
    const std::string suffix = "." + std::to_string(gamma);
    EXPECT_TRUE(at::allclose(min_snr_weights(alphas_cumprod, timesteps, gamma, PredictionTarget::kEpsilon),
                             reference.at("snr.epsilon" + suffix), 2e-6, 0));
    EXPECT_TRUE(at::allclose(min_snr_weights(alphas_cumprod, timesteps, gamma, PredictionTarget::kV),
                             reference.at("snr.v_prediction" + suffix), 2e-6, 0));
  }
}

TEST(MinSnrWeights, FollowTheTimestepsDevice) {
  const at::Tensor timesteps = at::tensor({1, 0}, at::kLong), alphas_cumprod = at::tensor({0.99f, 0.2f});
  const at::Tensor weights =
      min_snr_weights(alphas_cumprod, timesteps.to(miafr_tests::fake_device()), 5, PredictionTarget::kEpsilon);
  EXPECT_EQ(weights.device().type(), miafr_tests::fake_device().type());
  EXPECT_TRUE(at::allclose(weights.cpu(), at::tensor({1.0f, 5.0f / 99}), 1e-5));
}

TEST(MinSnrWeights, AreFiniteWhereNoSignalIsLeft) {
  const at::Tensor alphas_cumprod = at::zeros({1}), timestep = at::zeros({1}, at::kLong);
  EXPECT_EQ(min_snr_weights(alphas_cumprod, timestep, 5, PredictionTarget::kEpsilon).item<float>(), 1);
  EXPECT_EQ(min_snr_weights(alphas_cumprod, timestep, 5, PredictionTarget::kV).item<float>(), 0);
}

}  // namespace
}  // namespace miafr
