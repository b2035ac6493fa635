// The kernels of kernels.cu, compiled for the CPU, on the fake device: every number against ATen's in float64, and the
// way to them, from tensors to the addresses that a kernel is given.
#include "core/cuda/table_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "core/base/errors.h"
#include "tests/support/fake_device.h"
#include "tests/support/fake_kernels.h"

namespace miafr {
namespace {

using miafr_tests::fake_device;
using miafr_tests::kernel_calls;

at::Tensor normal(at::IntArrayRef shape, std::uint64_t seed = 1) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kFloat);
}

// Half a unit in the last place.
double rounding_of(at::ScalarType dtype) {
  return dtype == at::kFloat ? 0 : std::ldexp(1, dtype == at::kHalf ? -11 : -8);
}

// Exact results, rounded once to the dtype.
void expect_rounded(const at::Tensor& on_device, const at::Tensor& expected, double float_error = 1e-6) {
  ASSERT_EQ(on_device.device(), fake_device());
  ASSERT_EQ(on_device.sizes(), expected.sizes());
  const double largest = expected.abs().max().item<double>(), rounding = rounding_of(on_device.scalar_type());
  const at::Tensor difference = (on_device.cpu().to(at::kDouble) - expected).abs();
  const at::Tensor allowed = expected.abs() * rounding * 1.001 + float_error * largest;
  EXPECT_TRUE((difference <= allowed).all().item<bool>())
      << "largest difference " << difference.max().item<double>() << " of " << largest;
}

class Kernels : public testing::Test {
 protected:
  void SetUp() override {
    fused_kernels(fake_device().type()) = &kernels_;
    kernel_calls() = {};
  }
  void TearDown() override {
    fused_kernels(fake_device().type()) = nullptr;
    EXPECT_THAT(warnings_, testing::IsEmpty());
  }

  std::vector<std::string> warnings_;
  // The clock stands still, so that the guard tells right from wrong only.
  TableKernels kernels_{miafr_tests::fake_device_kernels(), [] { return 0.0; },
                        [this](const std::string& line) { warnings_.push_back(line); }};
};

// ---- group normalisation

struct Norm {
  const char* name;
  std::vector<int64_t> shape;
  int64_t groups;
};
void PrintTo(const Norm& norm, std::ostream* out) { *out << norm.name; }

class GroupNorms : public Kernels, public testing::WithParamInterface<std::tuple<Norm, at::ScalarType, Activation>> {};

TEST_P(GroupNorms, AreAtensInFloat64) {
  const auto& [norm, dtype, activation] = GetParam();
  const int64_t channels = norm.shape[1];
  const at::Tensor x = (1 + 2 * normal(norm.shape)).to(dtype).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor weight = normal({channels}, 2).to(dtype), bias = normal({channels}, 3).to(dtype);
  const at::Tensor actual =
      group_norm(x.to(fake_device()), norm.groups, weight.to(fake_device()), bias.to(fake_device()), 1e-5, activation);
  EXPECT_TRUE(actual.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(actual.scalar_type(), dtype);
  EXPECT_GT(kernel_calls().group_norm, 0);
  expect_rounded(actual, aten_group_norm(x.to(at::kDouble), norm.groups, weight.to(at::kDouble), bias.to(at::kDouble),
                                         1e-5, activation));
}

INSTANTIATE_TEST_SUITE_P(Shapes, GroupNorms,
                         testing::Combine(testing::Values(Norm{"two_channels_a_group", {2, 64, 5, 7}, 32},
                                                          Norm{"ten_channels_a_group", {1, 320, 9, 8}, 32},
                                                          Norm{"eighty_channels_a_group", {2, 2560, 3, 2}, 32},
                                                          Norm{"several_pieces", {3, 96, 40, 33}, 32},
                                                          Norm{"many_pieces", {1, 8, 100, 90}, 4},
                                                          Norm{"groups_not_of_whole_blocks", {2, 24, 6, 5}, 12},
                                                          Norm{"channels_read_one_by_one", {2, 33, 7, 3}, 11},
                                                          Norm{"one_pixel", {2, 64, 1, 1}, 32}),
                                          testing::Values(at::kFloat, at::kHalf, at::kBFloat16),
                                          testing::Values(Activation::kNone, Activation::kSilu)),
                         [](const auto& c) {
                           return std::string(std::get<0>(c.param).name) + "_" + at::toString(std::get<1>(c.param)) +
                                  (std::get<2>(c.param) == Activation::kSilu ? "_silu" : "");
                         });

using GroupNorm = Kernels;

TEST_F(GroupNorm, OfLargeNumbersWithSmallDifferences) {
  const at::Tensor x = (1000 + normal({1, 32, 50, 50})).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor one = at::ones({32}), zero = at::zeros({32});
  const auto on = [&](at::Device device) { return std::tuple(x.to(device), one.to(device), zero.to(device)); };
  const auto [dx, dw, db] = on(fake_device());
  const at::Tensor actual = group_norm(dx, 32, dw, db, 1e-5, Activation::kNone);
  // float has 6e-5 for a number near 1000.
  expect_rounded(
      actual,
      aten_group_norm(x.to(at::kDouble), 32, one.to(at::kDouble), zero.to(at::kDouble), 1e-5, Activation::kNone), 1e-4);
}

// Where packs of numbers would be read across their boundaries.
TEST_F(GroupNorm, OfTensorsThatBeginAnywhere) {
  const at::Tensor memory = normal({2 * 64 * 15 + 1}).to(fake_device());
  const at::Tensor x = memory.as_strided({2, 64, 3, 5}, {64 * 15, 1, 64 * 5, 64}, 1);
  const at::Tensor weight = normal({64}, 2), bias = normal({64}, 3);
  const at::Tensor actual =
      group_norm(x, 32, weight.to(fake_device()), bias.to(fake_device()), 1e-5, Activation::kSilu);
  EXPECT_GT(kernel_calls().group_norm, 0);
  expect_rounded(actual, aten_group_norm(x.cpu().to(at::kDouble), 32, weight.to(at::kDouble), bias.to(at::kDouble),
                                         1e-5, Activation::kSilu));
}

// A picture does not depend on what else is in its batch, not by a bit.
TEST_F(GroupNorm, IsTheSameInEveryBatch) {
  const at::Tensor x = normal({3, 64, 20, 30}).contiguous(at::MemoryFormat::ChannelsLast).to(fake_device());
  const at::Tensor weight = normal({64}, 2).to(fake_device()), bias = normal({64}, 3).to(fake_device());
  const auto norm = [&](const at::Tensor& images) {
    return group_norm(images, 32, weight, bias, 1e-5, Activation::kSilu).cpu();
  };
  EXPECT_TRUE(norm(x)[2].equal(norm(x.slice(0, 2, 3))[0]));
}

TEST_F(GroupNorm, LeavesToAtenWhatItHasNoKernelFor) {
  const at::Tensor x = normal({2, 64, 4, 4}).contiguous(at::MemoryFormat::ChannelsLast).to(fake_device());
  const at::Tensor weight = normal({64}, 2).to(fake_device()), bias = normal({64}, 3).to(fake_device());
  const auto norm = [&](const at::Tensor& images, const at::Tensor& w, const at::Tensor& b) {
    return group_norm(images, 32, w, b, 1e-5, Activation::kSilu);
  };
  norm(x.contiguous(), weight, bias);
  norm(x.to(at::kDouble), weight.to(at::kDouble), bias.to(at::kDouble));
  norm(x.flatten(2), weight, bias);
  const at::Tensor trained = weight.detach().requires_grad_(true);
  norm(x, trained, bias).sum().backward();
  EXPECT_TRUE(trained.grad().defined());
  EXPECT_EQ(kernel_calls().group_norm, 0);
  const at::NoGradGuard no_gradients;
  norm(x, trained, bias);
  EXPECT_GT(kernel_calls().group_norm, 0);
}

// ---- guidance

class Guidance : public Kernels, public testing::WithParamInterface<std::tuple<at::ScalarType, at::MemoryFormat>> {};

TEST_P(Guidance, IsAtensInFloat64) {
  const auto [dtype, format] = GetParam();
  const at::Tensor both = normal({6, 4, 9, 7}).to(dtype).contiguous(format);
  const at::Tensor actual = guidance(both.to(fake_device()), 7.5, at::kFloat);
  EXPECT_TRUE(actual.is_contiguous());
  EXPECT_EQ(actual.scalar_type(), at::kFloat);
  EXPECT_GT(kernel_calls().guidance, 0);
  expect_rounded(actual, aten_guidance(both, 7.5, at::kDouble));
}

INSTANTIATE_TEST_SUITE_P(Dtypes, Guidance,
                         testing::Combine(testing::Values(at::kFloat, at::kHalf, at::kBFloat16),
                                          testing::Values(at::MemoryFormat::Contiguous,
                                                          at::MemoryFormat::ChannelsLast)));

// ---- on probation

TEST(Probation, AKernelThatDoesNotStartIsLeftOut) {
  cuda::KernelTable broken = miafr_tests::fake_device_kernels();
  broken.guidance = [](const cuda::GuidanceCall&, void*) { return 209; };
  broken.error_text = [](int code) { return code == 209 ? "no kernel image" : "?"; };
  std::vector<std::string> warnings;
  TableKernels kernels(
      broken, [] { return 0.0; }, [&](const std::string& line) { warnings.push_back(line); });
  fused_kernels(fake_device().type()) = &kernels;
  const at::Tensor both = normal({2, 4, 2, 2}).to(fake_device());
  const at::Tensor guided = guidance(both, 7.5, at::kFloat);
  fused_kernels(fake_device().type()) = nullptr;
  EXPECT_TRUE(guided.cpu().equal(aten_guidance(both.cpu(), 7.5, at::kFloat)));
  EXPECT_THAT(warnings, testing::ElementsAre(
                            "kernel guidance: a CUDA kernel cannot be started: no kernel image; it is left out"));
}

}  // namespace
}  // namespace miafr
