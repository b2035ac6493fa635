// Attention by hand against the formula in float64.
#include "core/kernels/cpu_attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

struct Shape {
  int64_t batch, queries, keys, heads, d;
};

at::Tensor by_heads(const at::Tensor& x, int64_t heads) { return x.unflatten(2, {heads, -1}).transpose(1, 2); }

at::Tensor exact(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
  const auto of = [heads](const at::Tensor& x) { return by_heads(x.to(at::kDouble), heads); };
  const at::Tensor scores = at::matmul(of(q), of(k).transpose(2, 3)) / std::sqrt(of(q).size(3));
  return at::matmul(at::softmax(scores, -1), of(v)).transpose(1, 2).flatten(2);
}

at::Tensor aten(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t heads) {
  return at::scaled_dot_product_attention(by_heads(q, heads), by_heads(k, heads), by_heads(v, heads))
      .transpose(1, 2)
      .flatten(2);
}

class CpuAttention : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    if (!miafr::has_avx512()) GTEST_SKIP() << "no AVX-512";
    at::manual_seed(1);
    const Shape s = GetParam();
    q_ = 2 * at::randn({s.batch, s.queries, s.heads * s.d});
    k_ = at::randn({s.batch, s.keys, s.heads * s.d});
    v_ = at::randn({s.batch, s.keys, s.heads * s.d});
  }

  const at::InferenceMode no_gradients_;
  at::Tensor q_, k_, v_;
};

double rms(const at::Tensor& error) { return error.square().mean().sqrt().item<double>(); }

TEST_P(CpuAttention, IsAsExactAsAtens) {
  const int64_t heads = GetParam().heads;
  const at::Tensor expected = exact(q_, k_, v_, heads);
  ASSERT_TRUE(miafr::has_cpu_attention(q_, k_, v_));
  const at::Tensor y = miafr::cpu_attention(q_, k_, v_, heads);
  ASSERT_EQ(y.sizes(), expected.sizes());
  EXPECT_LT(rms(y - expected),
            1.2 * rms(aten(q_, k_, v_, heads) - expected) + std::numeric_limits<float>::epsilon() * rms(expected));
}

// Scores so far apart that all but one power are nothing, in an order in which the largest comes last or first.
TEST_P(CpuAttention, BearsLargeScores) {
  const int64_t heads = GetParam().heads;
  const at::Tensor rising = at::linspace(-50, 50, k_.size(1)).view({1, -1, 1});
  for (const double sign : {1.0, -1.0}) {
    const at::Tensor k = (k_ + sign * rising).contiguous();
    const at::Tensor expected = exact(q_, k, v_, heads);
    // Scores are sums of numbers a thousand times as large as their differences' roundings bear.
    EXPECT_LT(rms(miafr::cpu_attention(q_, k, v_, heads) - expected),
              1.5 * rms(aten(q_, k, v_, heads) - expected) + 1e-6);
  }
}

// Rows of a wider tensor, as where queries, keys and values come out of one product.
TEST_P(CpuAttention, TakesRowsThatAreApart) {
  const int64_t heads = GetParam().heads;
  const auto apart = [](const at::Tensor& x) { return at::cat({x, x}, 2).narrow(2, 0, x.size(2)); };
  EXPECT_TRUE(
      at::equal(miafr::cpu_attention(apart(q_), apart(k_), apart(v_), heads), miafr::cpu_attention(q_, k_, v_, heads)));
}

INSTANTIATE_TEST_SUITE_P(Shapes, CpuAttention,
                         testing::Values(Shape{1, 1, 1, 1, 1}, Shape{1, 37, 45, 3, 7}, Shape{2, 64, 77, 8, 40},
                                         Shape{1, 200, 1100, 2, 40},  // keys in three parts, queries in three groups
                                         Shape{2, 16, 16, 8, 160}, Shape{1, 100, 530, 1, 512}),
                         [](const auto& shape) {
                           const Shape& s = shape.param;
                           return std::to_string(s.batch) + "x" + std::to_string(s.queries) + "of" +
                                  std::to_string(s.keys) + "by" + std::to_string(s.heads) + "x" + std::to_string(s.d);
                         });

TEST(CpuAttentionOf, NotANumberIsNotANumber) {
  if (!miafr::has_avx512()) GTEST_SKIP() << "no AVX-512";
  const at::InferenceMode no_gradients;
  at::Tensor q = at::randn({1, 3, 8}), k = at::randn({1, 20, 8});
  q[0][1][2] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor y = miafr::cpu_attention(q, k, k, 1);
  EXPECT_TRUE(y[0][1].isnan().all().item<bool>());
  EXPECT_TRUE(y[0][0].isfinite().all().item<bool>());
}

TEST(CpuAttentionOf, LeavesWhatItCannotDoToAten) {
  const at::Tensor x = at::randn({1, 3, 8});
  EXPECT_FALSE(miafr::has_cpu_attention(x, x, x.to(at::kHalf)));
  EXPECT_FALSE(miafr::has_cpu_attention(x, x, x.transpose(1, 2)));
  EXPECT_FALSE(miafr::has_cpu_attention(x, x, x.slice(1, 0, 0)));
  EXPECT_FALSE(miafr::has_cpu_attention(x, x, at::randn({1, 3, 8}).requires_grad_()));
}

}  // namespace
