// The linear layer's product, and its gradients, against ATen's in float64.
#include "core/kernels/linear.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/kernels/cpu_instructions.h"

namespace {

struct Shape {
  std::vector<int64_t> x;
  int64_t out;
};

class LinearLayer : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    at::manual_seed(1);
    x_ = at::randn(GetParam().x);
    weight_ = at::randn({GetParam().out, x_.size(-1)});
    bias_ = at::randn({GetParam().out});
  }

  at::Tensor x_, weight_, bias_;
};

void expect_near(const at::Tensor& actual, const at::Tensor& expected) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  EXPECT_LT((actual - expected).abs().max().item<double>(), 1e-6 * (1 + expected.abs().max().item<double>()));
}

TEST_P(LinearLayer, ComputesTheProduct) {
  const at::Tensor x = x_.to(at::kDouble), weight = weight_.to(at::kDouble);
  expect_near(miafr::linear(x_, weight_, bias_), at::linear(x, weight, bias_.to(at::kDouble)));
  expect_near(miafr::linear(x_, weight_), at::linear(x, weight));
}

// Each of the three with and without a gradient wanted.
TEST_P(LinearLayer, HasItsGradients) {
  const at::Tensor upstream = at::randn_like(at::linear(x_, weight_));
  for (int wanted = 1; wanted < 8; ++wanted) {
    const auto leaf = [wanted](const at::Tensor& t, int bit, at::ScalarType dtype) {
      return t.to(dtype, false, /*copy=*/true).requires_grad_((wanted & bit) != 0);
    };
    std::vector<at::Tensor> ours, exact;
    for (auto* all : {&ours, &exact}) {
      const auto dtype = all == &ours ? at::kFloat : at::kDouble;
      *all = {leaf(x_, 1, dtype), leaf(weight_, 2, dtype), leaf(bias_, 4, dtype)};
    }
    miafr::linear(ours[0], ours[1], ours[2]).backward(upstream);
    at::linear(exact[0], exact[1], exact[2]).backward(upstream.to(at::kDouble));
    for (std::size_t i = 0; i < 3; ++i) {
      ASSERT_EQ(ours[i].grad().defined(), exact[i].grad().defined()) << wanted;
      if (exact[i].grad().defined()) expect_near(ours[i].grad(), exact[i].grad());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, LinearLayer,
                         testing::Values(Shape{{1, 1}, 1}, Shape{{3, 20}, 33}, Shape{{2, 77, 48}, 65},
                                         Shape{{2, 3, 5, 16}, 7}),
                         [](const auto& shape) { return "Case" + std::to_string(shape.index); });

TEST(LinearLayers, TakeGradientsThatAreNotContiguous) {
  const at::Tensor x = at::randn({4, 6, 8}).requires_grad_(), weight = at::randn({5, 8}).requires_grad_();
  const at::Tensor upstream = at::randn({5, 6, 4}).permute({2, 1, 0});
  miafr::linear(x, weight).backward(upstream);
  expect_near(x.grad(), at::matmul(upstream.to(at::kDouble), weight.detach().to(at::kDouble)));
  expect_near(weight.grad(),
              at::matmul(upstream.to(at::kDouble).flatten(0, 1).t(), x.detach().to(at::kDouble).flatten(0, 1)));
}

// A LoRA trains beside frozen weights, for whose sake no input shall wait for the backward pass.
TEST(LinearLayers, KeepNoInputOfAFrozenWeight) {
  const at::Tensor x = at::randn({4, 8}).requires_grad_(), weight = at::randn({5, 8});
  const at::Tensor h = x * 2, y = miafr::linear(h, weight);
  EXPECT_EQ(h.use_count(), 1U);
  y.sum().backward();
  expect_near(x.grad(), 2 * weight.sum(0).expand({4, 8}));
}

// Autocast decides what is cast: its rules know ATen's operations.
TEST(LinearLayers, AreCastByAutocast) {
  const at::Tensor x = at::randn({4, 8}), weight = at::randn({5, 8});
  at::autocast::set_autocast_enabled(at::kCPU, true);
  const at::Tensor y = miafr::linear(x, weight);
  at::autocast::set_autocast_enabled(at::kCPU, false);
  at::autocast::clear_cache();
  EXPECT_EQ(y.scalar_type(), at::kBFloat16);
}

}  // namespace
