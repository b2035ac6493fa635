// The optimisers of an editor's groups: Adam, apart from each other, and safe from bad numbers.
#include "core/fit/fit_groups.h"

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include <cmath>

#include "core/base/errors.h"

namespace miafr {
namespace {

at::Tensor leaf(std::vector<float> values) { return at::tensor(values).set_requires_grad(true); }

FitGroup group(const std::string& name, const at::Tensor& tensor) {
  FitGroup group;
  group.name = name;
  group.parameters = {{"w", tensor}};
  return group;
}

TEST(FitGroups, StepsAreAdams) {
  const at::Tensor w = leaf({1, -2});
  FitGroup one = group("g", w);
  one.beta1 = 0.5;
  FitGroups groups({one});
  // Kingma and Ba, arXiv 1412.6980, algorithm 1, with a learning rate of 0.1.
  EXPECT_NEAR(groups.update("g", w.pow(2).sum(), 0.1, 0), std::sqrt(20.0), 1e-6);
  EXPECT_NEAR(groups.update("g", w.pow(2).sum(), 0.1, 0), std::sqrt(4 * (0.9 * 0.9 + 1.9 * 1.9)), 1e-5);
  // The gradients of the first weight are 2 and 1.8.
  const double m = (0.25 * 2 + 0.5 * 1.8) / 0.75, v = (0.999 * 4 + 1.8 * 1.8) / 1.999;
  EXPECT_NEAR(w[0].item<double>(), 0.9 - 0.1 * m / std::sqrt(v), 1e-6);
}

TEST(FitGroups, OneGroupsLossMovesNoOther) {
  const at::Tensor a = leaf({1}), b = leaf({1});
  FitGroups groups({group("a", a), group("b", b)});
  groups.update("a", (a * b).sum(), 0.1, 0);
  EXPECT_NEAR(a.item<double>(), 0.9, 1e-6);
  EXPECT_EQ(b.item<double>(), 1);
  EXPECT_FALSE(b.grad().defined());
}

TEST(FitGroups, ASecondDerivativeReachesTheWeights) {
  // As WGAN-GP's penalty needs: (|d/dx (w x^2)| - 1)^2 at x = 1 is (2w - 1)^2, whose derivative at w = 1 is 4.
  const at::Tensor w = leaf({1}), x = leaf({1});
  FitGroups groups({group("d", w)});
  const at::Tensor slope = torch::autograd::grad({(w * x * x).sum()}, {x}, {}, true, /*create_graph=*/true)[0];
  EXPECT_NEAR(groups.update("d", (slope.abs() - 1).pow(2).sum(), 0.1, 0), 4, 1e-6);
}

TEST(FitGroups, NumbersThatAreNotFiniteChangeNothing) {
  const at::Tensor w = leaf({1});
  FitGroups groups({group("g", w)});
  EXPECT_TRUE(std::isnan(groups.update("g", w.sum() * NAN, 0.1, 0)));
  EXPECT_FALSE(std::isfinite(groups.update("g", (w - 1).sqrt().sum(), 0.1, 0)));  // the slope of sqrt at 0
  EXPECT_EQ(w.item<double>(), 1);
}

TEST(FitGroups, LongGradientsAreShortened) {
  const at::Tensor w = leaf({3, 4}), free = leaf({3, 4});
  FitGroup slow = group("g", w), other = group("g", free);
  slow.epsilon = other.epsilon = 1;  // so that the length of a gradient counts
  FitGroups clipped({slow}), plain({other});
  EXPECT_NEAR(clipped.update("g", w.pow(2).sum(), 1, 1), 10, 1e-5);
  plain.update("g", (free * at::tensor({0.6, 0.8})).sum(), 1, 0);  // the same direction, length 1
  EXPECT_LT((w - free).abs().max().item<double>(), 1e-6);
}

TEST(FitGroups, GoOnFromTheirState) {
  const at::Tensor a = leaf({1, 2}), b = leaf({0, 0});
  FitGroups first({group("g", a)}), second({group("g", b)});
  first.update("g", a.pow(2).sum(), 0.1, 0);
  TensorParts state = first.state();
  for (auto& [part, tensors] : state)
    for (auto& [name, tensor] : tensors) tensor = tensor.detach().clone();
  second.load_state(state, "a file");
  first.update("g", a.pow(3).sum(), 0.1, 0);
  second.update("g", b.pow(3).sum(), 0.1, 0);
  EXPECT_TRUE(at::equal(a, b));
  state["weight"].erase("g.w");
  EXPECT_THROW(second.load_state(state, "a file"), Error);
}

TEST(FitGroups, WhatCannotBeTrainedIsRefused) {
  EXPECT_THROW(FitGroups({}), Error);
  EXPECT_THROW(FitGroups({group("Two words", leaf({1}))}), Error);
  EXPECT_THROW(FitGroups({group("g", leaf({1})), group("g", leaf({1}))}), Error);
  EXPECT_THROW(FitGroups({group("g", at::ones({1}))}), Error);
  EXPECT_THROW(FitGroups({group("g", at::ones({1}, at::kDouble).set_requires_grad(true))}), Error);
  const at::Tensor w = leaf({1});
  FitGroups groups({group("g", w)});
  EXPECT_THROW(groups.update("h", w.sum(), 1, 0), Error);
  EXPECT_THROW(groups.update("g", at::ones({}), 1, 0), Error);
}

}  // namespace
}  // namespace miafr
