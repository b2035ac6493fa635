#include "core/train/ema.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "core/base/errors.h"
#include "tests/support/fake_device.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

const TensorState& reference() {
  static const TensorState tensors =
      miafr_tests::read_safetensors(miafr_tests::data_file("tests/core/train/reference/reference.safetensors"));
  return tensors;
}

// `decay`: the reference's name for it, in hundredths.
void expect_lit_ema(const std::string& decay, const at::Device device) {
  const at::Tensor weight = reference().at("ema.weight.0").clone().to(device);
  Ema ema({{"weight", weight}}, std::stoi(decay) / 100.0);
  for (int step = 1; step <= 30; ++step) {
    weight.copy_(reference().at("ema.weight." + std::to_string(step)));
    ema.update();
    if (step == 1 || step == 30) {
      const at::Tensor& expected = reference().at("ema.average." + decay + "." + std::to_string(step));
      EXPECT_TRUE(at::allclose(ema.averages().at("weight").cpu(), expected, 1e-6, 1e-7)) << decay << " " << step;
    }
  }
}

TEST(Ema, EqualsLitEma) {
  expect_lit_ema("50", at::kCPU);
  expect_lit_ema("99", at::kCPU);
}

TEST(Ema, StaysOnItsDevice) { expect_lit_ema("50", miafr_tests::fake_device()); }

TEST(Ema, LeavesTheWeightsAsTheyAre) {
  const at::Tensor weight = at::full({2}, 1.0).to(at::kBFloat16).requires_grad_();
  Ema ema({{"weight", weight}}, 0.5);
  {
    const at::NoGradGuard no_grad;
    weight.fill_(3);
  }
  ema.update();  // decay min(0.5, 2 / 11): 1 + (1 - 2 / 11) * 2
  const at::Tensor average = ema.averages().at("weight");
  EXPECT_EQ(average.scalar_type(), at::kFloat);
  EXPECT_NEAR(average[0].item<float>(), 1 + 18.0 / 11, 1e-6);
  EXPECT_EQ(weight[0].item<float>(), 3);
}

TEST(Ema, GoesOnBitForBit) {
  const at::Tensor weight = at::randn({100});
  Ema ema({{"weight", weight}}, 0.9), resumed({{"weight", weight}}, 0.9);
  for (int step = 0; step < 4; ++step) {
    weight.normal_();
    ema.update();
  }
  TensorState saved;
  for (const auto& [name, tensor] : ema.state()) saved[name] = tensor.clone();
  resumed.load_state(saved);
  weight.normal_();
  ema.update();
  resumed.update();
  EXPECT_TRUE(at::equal(ema.averages().at("weight"), resumed.averages().at("weight")));
}

TEST(Ema, RefusesWhatDoesNotFit) {
  const at::Tensor weight = at::zeros({2});
  EXPECT_THROW(Ema({{"weight", weight}}, 1.5), Error);
  EXPECT_THROW(Ema({{"weight", weight}, {"weight", weight}}, 0.5), Error);
  Ema ema({{"weight", weight}}, 0.5);
  try {
    ema.load_state({{"updates", at::zeros({}, at::kLong)}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "EMA state: 'average.weight' is missing");
  }
}

}  // namespace
}  // namespace miafr
