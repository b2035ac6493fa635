#include "core/train/adamw.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/Allocator.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/base/errors.h"
#include "tests/support/fake_device.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

const std::vector<std::string> kNames = {"matrix", "kernel", "vector"};

const TensorState& reference() {
  static const TensorState tensors =
      miafr_tests::read_safetensors(miafr_tests::data_file("tests/core/train/reference/reference.safetensors"));
  return tensors;
}

// The reference's parameters, gradients and learning rates, wherever and however `placed` puts them.
class ReferenceRun {
 public:
  explicit ReferenceRun(const std::function<at::Tensor(const at::Tensor&)>& placed) : placed_(placed) {
    for (const std::string& name : kNames)
      parameters_.emplace_back(name, placed(reference().at("adamw.start." + name)));
    AdamWSettings settings;
    settings.beta1 = 0.85;
    settings.beta2 = 0.99;
    settings.epsilon = 1e-6;
    settings.weight_decay = 0.05;
    optimizer_.emplace(parameters_, settings);
  }

  void step() {
    for (const auto& [name, parameter] : parameters_) {
      const bool left_alone = name == "vector" && step_ % 3 == 1;
      parameter.mutable_grad() =
          left_alone ? at::Tensor() : placed_(reference().at("adamw.gradient." + std::to_string(step_) + "." + name));
    }
    optimizer_->step(0.01 / (1 + step_));
    ++step_;
  }

  at::Tensor parameter(std::size_t index) const { return parameters_[index].second.cpu(); }
  at::Tensor gradient(std::size_t index) const { return parameters_[index].second.grad(); }

  void expect_reference() {
    for (; step_ < 20;) {
      step();
      if (step_ != 1 && step_ != 5 && step_ != 20) continue;
      for (std::size_t i = 0; i < kNames.size(); ++i)
        expect_close(parameter(i), "adamw.after." + std::to_string(step_ - 1) + "." + kNames[i]);
    }
    const TensorState state = optimizer_->state();
    for (const std::string& name : kNames) {
      expect_close(state.at("exp_avg." + name).cpu(), "adamw.exp_avg." + name);
      expect_close(state.at("exp_avg_sq." + name).cpu(), "adamw.exp_avg_sq." + name);
      EXPECT_EQ(state.at("step." + name).item<std::int64_t>(),
                reference().at("adamw.step." + name).item<std::int64_t>());
    }
  }

 private:
  // Four units in the last place of float32.
  static void expect_close(const at::Tensor& got, const std::string& name) {
    const at::Tensor& want = reference().at(name);
    EXPECT_TRUE(at::allclose(got, want, 5e-7, 1e-12)) << name << ": " << (got - want).abs().max().item<float>();
  }

  std::function<at::Tensor(const at::Tensor&)> placed_;
  NamedTensors parameters_;
  std::optional<AdamW> optimizer_;
  int step_ = 0;
};

TEST(AdamW, EqualsTorchsOverTwentySteps) {
  ReferenceRun([](const at::Tensor& tensor) { return tensor.clone(); }).expect_reference();
}

TEST(AdamW, EqualsTorchsWhereNoFusedKernelIs) {
  const at::Device device = miafr_tests::fake_device();
  ReferenceRun([device](const at::Tensor& tensor) { return tensor.to(device); }).expect_reference();
}

// Weights in one memory format, gradients in another: fused kernels go by addresses.
TEST(AdamW, EqualsTorchsInOtherMemoryFormats) {
  int calls = 0;
  ReferenceRun([&calls](const at::Tensor& tensor) {
    const bool is_image_like = tensor.dim() == 4 && calls++ % 2 == 0;
    return is_image_like ? tensor.clone(at::MemoryFormat::ChannelsLast) : tensor.clone();
  }).expect_reference();
}

TEST(AdamW, KeepsGradientsAndRepeatsBitForBit) {
  ReferenceRun once([](const at::Tensor& tensor) { return tensor.clone(); });
  ReferenceRun again([](const at::Tensor& tensor) { return tensor.clone(); });
  for (int step = 0; step < 20; ++step) {
    once.step();
    again.step();
  }
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    EXPECT_TRUE(at::equal(once.parameter(i), again.parameter(i)));
    if (kNames[i] == "vector") continue;  // it has no gradient in the last step
    EXPECT_TRUE(at::equal(once.gradient(i), reference().at("adamw.gradient.19." + kNames[i])));
  }
}

TEST(AdamW, ComputesInFloat32ForBfloat16) {
  const at::Tensor weight = at::full({4}, 1.0).to(at::kBFloat16);
  AdamW optimizer({{"weight", weight}}, {});
  weight.mutable_grad() = at::full({4}, 3.0).to(at::kBFloat16);
  optimizer.step(0.125);
  // The first step is learning_rate * sign(gradient), whatever its size: 1 * (1 - 0.125 * 0.01) - 0.125, rounded.
  EXPECT_TRUE(at::equal(weight.to(at::kFloat), at::full({4}, 0.87375).to(at::kBFloat16).to(at::kFloat)));
  EXPECT_EQ(optimizer.state().at("exp_avg.weight").scalar_type(), at::kFloat);
}

TEST(AdamW, RefusesWhatItCannotTrain) {
  const at::Tensor weight = at::zeros({2});
  EXPECT_THROW(AdamW({{"a", weight}, {"a", weight}}, {}), Error);
  EXPECT_THROW(AdamW({{"a", at::zeros({2}, at::kInt)}}, {}), Error);
  AdamWSettings settings;
  settings.beta2 = 1;
  try {
    AdamW({{"a", weight}}, settings);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "AdamW: beta2 = 1.000000, allowed 0 to below 1");
  }
}

// What a call gets from the CPU's allocator, above what was there before, at its highest.
class PeakMemory : public c10::MemoryReportingInfoBase {
 public:
  static std::int64_t of(const std::function<void()>& call) {
    const auto info = std::make_shared<PeakMemory>();
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, info);
    call();
    return info->peak_;
  }
  void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override {
    peak_ = std::max(peak_, now_ += size);
  }
  bool memoryProfilingEnabled() const override { return true; }

 private:
  std::int64_t now_ = 0, peak_ = 0;
};

at::Generator seeded(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

// By whole-tensor operations, as a device does it.
TEST(AdamWEightBit, TheLoopOverBlocksFollowsTheEquations) {
  constexpr std::int64_t kSize = 256 * 40 + 19;
  at::manual_seed(3);
  const at::Tensor start = at::randn({kSize});
  at::Tensor weight = start.clone(), expected = start.clone();
  AdamWSettings settings;
  settings.eight_bit = true;
  AdamW optimizer({{"weight", weight}}, settings);
  EightBitState exp_avg(kSize, EightBitState::Range::kSigned, at::kCPU);
  EightBitState exp_avg_sq(kSize, EightBitState::Range::kNonNegative, at::kCPU);
  for (int t = 1; t <= 5; ++t) {
    const at::Tensor gradient = at::randn({kSize});
    weight.mutable_grad() = gradient.clone();
    optimizer.step(1e-2);
    const at::Tensor m = 0.9 * exp_avg.decode(0, kSize) + 0.1 * gradient;
    const at::Tensor v = 0.999 * exp_avg_sq.decode(0, kSize) + 0.001 * gradient.square();
    expected *= 1 - 1e-2 * 0.01;
    expected -= 1e-2 / (1 - std::pow(0.9, t)) * m / ((v / (1 - std::pow(0.999, t))).sqrt() + 1e-8);
    exp_avg.encode(0, m);
    exp_avg_sq.encode(0, v);
  }
  EXPECT_LT((weight - expected).abs().max().item<double>(), 1e-6);
  EXPECT_GT((weight - start).abs().mean().item<double>(), 1e-2);
}

// A linear regression with noisy targets on `device`; 64 x 128 weights. Returns the loss on other data after training.
double regression_loss(bool eight_bit, at::Device device) {
  constexpr int kSteps = 1000;
  at::Generator random = seeded(3);
  const at::Tensor truth = at::randn({64, 128}, random);
  // Columns of very different size, as gradients in one block of a network are.
  const at::Tensor scales = at::logspace(-2, 0, 64);
  at::Tensor weight = at::zeros({64, 128}).to(device).requires_grad_();
  AdamWSettings settings;
  settings.eight_bit = eight_bit;
  AdamW optimizer({{"weight", weight}}, settings);
  const auto loss = [&] {
    const at::Tensor x = at::randn({32, 64}, random) * scales;
    const at::Tensor y = x.matmul(truth) + 0.1 * at::randn({32, 128}, random);
    return (x.to(device).matmul(weight) - y.to(device)).square().mean();
  };
  for (int step = 0; step < kSteps; ++step) {
    weight.mutable_grad().reset();
    loss().backward();
    optimizer.step(0.03 * (1 - step / static_cast<double>(kSteps)));
  }
  const at::NoGradGuard no_grad;
  double sum = 0;
  for (int batch = 0; batch < 20; ++batch) sum += loss().item<double>() / 20;
  return sum;
}

TEST(AdamWEightBit, TrainsAboutAsWellAsFloat32) {
  at::set_num_threads(1);  // so small a problem only waits for threads
  const double full = regression_loss(false, at::kCPU), eight_bit = regression_loss(true, at::kCPU);
  EXPECT_LT(full, 0.011);  // about 7 before training; the noise alone is 0.01
  EXPECT_LT(eight_bit, 1.005 * full);
  EXPECT_NE(eight_bit, full);
}

TEST(AdamWEightBit, StaysOnItsDevice) {
  const at::Device device = miafr_tests::fake_device();
  const at::Tensor weight = at::ones({5000}).to(device);
  AdamWSettings settings;
  settings.eight_bit = true;
  AdamW optimizer({{"weight", weight}}, settings);
  weight.mutable_grad() = at::linspace(0.01, 1, 5000).to(device);
  optimizer.step(0.5);
  EXPECT_TRUE(at::allclose(weight.cpu(), at::full({5000}, 0.495)));  // 1 - 0.5 * 0.01 - 0.5
  EXPECT_EQ(optimizer.state().at("exp_avg_sq.weight").device(), device);
}

// One step from zeros decodes nothing: what was encoded matters in the second.
TEST(AdamWEightBit, ElementsFollowTheShapeInAnyMemoryFormat) {
  AdamWSettings settings;
  settings.eight_bit = true;
  const at::Tensor plain = at::randn({16, 32, 3, 3}, seeded(1)), gradient = at::randn({16, 32, 3, 3}, seeded(2));
  const at::Tensor channels_last = plain.clone(at::MemoryFormat::ChannelsLast);
  AdamW plain_optimizer({{"weight", plain}}, settings), channels_last_optimizer({{"weight", channels_last}}, settings);
  for (int step = 0; step < 3; ++step) {
    plain.mutable_grad() = channels_last.mutable_grad() = gradient * (step + 1);
    plain_optimizer.step(0.1);
    channels_last_optimizer.step(0.1);
  }
  EXPECT_TRUE(at::equal(plain, channels_last));
  EXPECT_TRUE(channels_last.is_contiguous(at::MemoryFormat::ChannelsLast));
  const TensorState state = channels_last_optimizer.state();
  for (const auto& [name, tensor] : plain_optimizer.state()) EXPECT_TRUE(at::equal(tensor, state.at(name))) << name;
}

// What exp_avg and exp_avg_sq take, in all.
std::int64_t state_bytes(const AdamW& optimizer) {
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : optimizer.state())
    if (name.rfind("step.", 0) != 0) bytes += static_cast<std::int64_t>(tensor.nbytes());
  return bytes;
}

TEST(AdamWEightBit, SmallTensorsStayFloat32) {
  AdamWSettings settings;
  settings.eight_bit = true;
  const AdamW optimizer({{"small", at::zeros({4095})}, {"large", at::zeros({4096})}}, settings);
  EXPECT_EQ(optimizer.state().at("exp_avg.small").scalar_type(), at::kFloat);
  EXPECT_EQ(optimizer.state().at("exp_avg.large").scalar_type(), at::kByte);
  EXPECT_EQ(state_bytes(optimizer), 4095 * 8 + 4096 * 2 + 16 * 8);
}

TEST(AdamWEightBit, HoldsAQuarterAndNeverAWholeFloat32Copy) {
  constexpr std::int64_t kSize = std::int64_t{1} << 23;
  const at::Tensor weight = at::zeros({kSize});
  AdamWSettings settings;
  const AdamW full({{"weight", weight}}, settings);
  settings.eight_bit = true;
  std::optional<AdamW> optimizer;
  const std::int64_t held = PeakMemory::of([&] { optimizer.emplace(NamedTensors{{"weight", weight}}, settings); });
  EXPECT_EQ(state_bytes(full), 8 * kSize);
  EXPECT_EQ(state_bytes(*optimizer), 2 * kSize + 2 * 4 * kSize / 256);
  constexpr std::int64_t kCodebooks = 2 * 4 * 65536;  // once for all parameters of a device
  EXPECT_LT(held, state_bytes(*optimizer) + kCodebooks + 100000);

  weight.mutable_grad() = at::ones({kSize});
  const std::int64_t during_step = PeakMemory::of([&] { optimizer->step(0.1); });
  EXPECT_GT(during_step, 0);
  EXPECT_LT(during_step, 4 * kSize / 4);  // a slice's temporaries; the two states in float32 would be 8 * kSize
}

TEST(AdamWState, GoesOnBitForBit) {
  for (const bool eight_bit : {false, true}) {
    AdamWSettings settings;
    settings.eight_bit = eight_bit;
    const at::Tensor weight = at::randn({80, 70}, seeded(1)), other = weight.clone();
    const auto gradient = [](int step) { return at::randn({80, 70}, seeded(100 + step)); };
    AdamW optimizer({{"weight", weight}}, settings);
    TensorState saved;
    for (int step = 0; step < 10; ++step) {
      if (step == 5) {
        for (const auto& [name, tensor] : optimizer.state()) saved[name] = tensor.clone();
        other.copy_(weight);
      }
      weight.mutable_grad() = gradient(step);
      optimizer.step(0.01);
    }
    AdamW resumed({{"weight", other}}, settings);
    resumed.load_state(saved);
    for (int step = 5; step < 10; ++step) {
      other.mutable_grad() = gradient(step);
      resumed.step(0.01);
    }
    EXPECT_TRUE(at::equal(weight, other)) << eight_bit;
  }
}

TEST(AdamWState, RefusesAnothersAndChangesNothing) {
  const at::Tensor weight = at::zeros({2, 3});
  AdamW optimizer({{"unet.weight", weight}}, {});
  const auto message = [&](const std::function<void(TensorState&)>& damage) -> std::string {
    TensorState state;
    for (const auto& [name, tensor] : optimizer.state()) state[name] = at::ones_like(tensor);
    damage(state);
    try {
      optimizer.load_state(state);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(message([](TensorState& state) { state.erase("exp_avg_sq.unet.weight"); }),
            "optimizer state: 'exp_avg_sq.unet.weight' is missing");
  EXPECT_EQ(
      message([](TensorState& state) {
        state["exp_avg.unet.weight"] = at::zeros({3, 2});
      }),
      "optimizer state: 'exp_avg.unet.weight' is [3, 2] of Float, must be [2, 3] of Float as this run is configured");
  EXPECT_EQ(message([](TensorState& state) { state["exp_avg.unet.weight"] = at::zeros({6}, at::kByte); }),
            "optimizer state: 'exp_avg.unet.weight' is [6] of Byte, must be [2, 3] of Float as this run is configured");
  EXPECT_EQ(message([](TensorState& state) { state["exp_avg.other"] = at::zeros({1}); }),
            "optimizer state: 'exp_avg.other' belongs to nothing that this run trains");
  EXPECT_EQ(optimizer.state().at("exp_avg.unet.weight").abs().max().item<float>(), 0);
  EXPECT_EQ(message([](TensorState&) {}), "");
  EXPECT_EQ(optimizer.state().at("exp_avg.unet.weight").min().item<float>(), 1);
}

}  // namespace
}  // namespace miafr
