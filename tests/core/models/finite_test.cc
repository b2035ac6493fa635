// Numbers that are none, and numbers that a narrower type does not hold.
#include "core/models/finite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <limits>

#include "core/base/errors.h"

namespace miafr {
namespace {

using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

class Finite : public testing::TestWithParam<at::ScalarType> {};

TEST_P(Finite, OneBadNumberIsFound) {
  const at::Tensor good = at::ones({64, 33}).to(GetParam());
  EXPECT_TRUE(all_finite(good));
  for (const double bad : {kNaN, kInfinity, -kInfinity}) {
    at::Tensor spoilt = at::ones({64, 33});
    spoilt[63][32] = bad;
    EXPECT_FALSE(all_finite(spoilt.to(GetParam()))) << bad;
    EXPECT_FALSE(all_finite(spoilt.to(GetParam()).t())) << bad;
  }
}

INSTANTIATE_TEST_SUITE_P(Dtypes, Finite,
                         testing::Values(at::kDouble, at::kFloat, at::kHalf, at::kBFloat16, at::kFloat8_e5m2),
                         [](const auto& info) { return std::string(c10::toString(info.param)); });

TEST(Finite, InfinitiesThatCancelAreFound) { EXPECT_FALSE(all_finite(at::tensor({kInfinity, -kInfinity}))); }

TEST(Finite, ASumThatOverflowsIsNoFault) {
  EXPECT_TRUE(all_finite(at::full({100}, 3e38, at::kFloat)));
  EXPECT_TRUE(all_finite(at::full({100}, 60000, at::kHalf)));
}

TEST(Finite, WholeNumbersAndNothingAre) {
  EXPECT_TRUE(all_finite(at::arange(5)));
  EXPECT_TRUE(all_finite(at::empty({0, 3})));
  EXPECT_TRUE(all_finite(at::zeros({}, at::kFloat)));
}

TEST(InDtype, WhatDoesNotFitIsRefusedWithItsValue) {
  const at::Tensor large = at::tensor({1.0f, -70000.0f});
  EXPECT_TRUE(at::equal(in_dtype(large, at::kBFloat16, "a"), large.to(at::kBFloat16)));
  EXPECT_TRUE(at::equal(in_dtype(at::tensor({65504.0f}), at::kHalf, "a"), at::tensor({65504.0f}).to(at::kHalf)));
  try {
    in_dtype(large, at::kHalf, "FILE: a.weight");
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "FILE: a.weight: holds 70000, which does not fit float16; take float32 or bfloat16");
  }
  EXPECT_THROW(in_dtype(at::tensor({1e300}, at::kDouble), at::kFloat, "a"), Error);
}

TEST(InDtype, WhatWasNotFiniteBeforeStaysSo) {
  EXPECT_FALSE(all_finite(in_dtype(at::tensor({kInfinity}), at::kHalf, "a")));
}

}  // namespace
}  // namespace miafr
