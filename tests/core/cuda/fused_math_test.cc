// The arithmetic of the fused kernels against ATen.
#include "core/cuda/fused_math.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace miafr::cuda {
namespace {

at::Tensor normal(at::IntArrayRef shape, std::uint64_t seed = 1) {
  return at::randn(shape, at::detail::createCPUGenerator(seed), at::kFloat);
}

// By pieces of three numbers, merged in their order.
Moments moments_in(const at::Tensor& numbers) {
  const at::Tensor flat = numbers.contiguous().flatten();
  Moments moments;
  for (int64_t i = 0; i < flat.numel(); i += 3) {
    float piece[3];
    const auto count = static_cast<unsigned>(std::min<int64_t>(3, flat.numel() - i));
    std::copy_n(flat.const_data_ptr<float>() + i, count, piece);
    moments.merge(moments_of(piece, count));
  }
  return moments;
}

void expect_moments(const Moments& moments, const at::Tensor& numbers, double tolerance) {
  const at::Tensor exact = numbers.to(at::kDouble);
  EXPECT_EQ(moments.count, numbers.numel());
  const double deviation = exact.std(/*unbiased=*/false).item<double>();
  EXPECT_NEAR(moments.mean, exact.mean().item<double>(), tolerance * deviation);
  EXPECT_NEAR(std::sqrt(moments.m2 / moments.count), deviation, tolerance * deviation);
}

TEST(Moments, OfManyNumbers) {
  const at::Tensor numbers = 3 + 2 * normal({5000});
  expect_moments(moments_in(numbers), numbers, 1e-5);
}

// The squares are a million times the variance: sums of them would leave nothing of it in float.
TEST(Moments, OfSmallDifferencesBetweenLargeNumbers) {
  const at::Tensor numbers = 1000 + normal({5000});
  expect_moments(moments_in(numbers), numbers, 1e-3);
}

TEST(Moments, MergedFromUnevenPieces) {
  const at::Tensor numbers = normal({1000}) + at::arange(1000, at::kFloat) / 100;  // the pieces' means differ
  Moments merged;
  for (const auto& [begin, end] : {std::pair(0, 1), std::pair(1, 400), std::pair(400, 400), std::pair(400, 1000)})
    merged.merge(moments_in(numbers.slice(0, begin, end)));
  expect_moments(merged, numbers, 1e-5);
}

// One group: every channel of `x` [C, n] together.
std::vector<float> group_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, bool with_silu) {
  const Moments moments = moments_in(x.to(at::kFloat));
  std::vector<float> out;
  for (int64_t c = 0; c < x.size(0); ++c) {
    const Affine affine = group_norm_affine(moments, 1e-5f, weight[c].item<float>(), bias[c].item<float>());
    for (int64_t i = 0; i < x.size(1); ++i) out.push_back(normalise(x[c][i].item<float>(), affine, with_silu));
  }
  return out;
}

struct Case {
  at::ScalarType dtype;
  bool with_silu;
  double rounding;  // of the dtype: half a unit in the last place
};

class Normalise : public testing::TestWithParam<Case> {};

// In float the error is float's; results in half the bytes are the exact ones, rounded once.
TEST_P(Normalise, IsAtensGroupNorm) {
  const auto [dtype, with_silu, rounding] = GetParam();
  const at::Tensor x = (0.5 + 2 * normal({4, 60})).to(dtype), weight = normal({4}, 2).to(dtype),
                   bias = normal({4}, 3).to(dtype);
  const std::vector<float> ours = group_norm(x, weight, bias, with_silu);
  const at::Tensor actual = at::tensor(ours).to(dtype).to(at::kDouble);
  at::Tensor expected =
      at::group_norm(x.to(at::kDouble).unsqueeze(0), 1, weight.to(at::kDouble), bias.to(at::kDouble), 1e-5).flatten();
  if (with_silu) expected = at::silu(expected);
  const double largest = expected.abs().max().item<double>();
  const at::Tensor allowed = expected.abs() * rounding * 1.001 + 1e-6 * largest;
  EXPECT_TRUE(((actual - expected).abs() <= allowed).all().item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Dtypes, Normalise,
                         testing::Values(Case{at::kFloat, false, 0}, Case{at::kFloat, true, 0},
                                         Case{at::kHalf, true, std::ldexp(1, -11)},
                                         Case{at::kBFloat16, true, std::ldexp(1, -8)}),
                         [](const auto& c) {
                           return std::string(at::toString(c.param.dtype)) + (c.param.with_silu ? "_silu" : "");
                         });

TEST(Silu, AtItsEnds) {
  EXPECT_EQ(silu(0), 0);
  EXPECT_EQ(silu(-200), 0);  // exp(200) is infinite in float
  EXPECT_EQ(silu(200), 200);
}

}  // namespace
}  // namespace miafr::cuda
