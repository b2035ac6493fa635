// The noise losses against the reference implementations' values and gradients, and the contrastive loss's queue.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include "core/config/plugin_params.h"
#include "core/contract/stand_in_host.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/runtime/plugin_host.h"
#include "plugins/losses/nt_xent.h"
#include "tests/support/files.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

class Losses : public testing::Test {
 protected:
  std::shared_ptr<IdentityLoss> make(const std::string& name, const RawParams& raw = {}, std::int64_t batch_size = 2) {
    host_ = std::make_unique<PluginHost>("loss " + name, RunSettings{at::kCPU, batch_size, {}}, registry_);
    const auto library = registry_.find("loss", name);
    return PluginLibrary::create<IdentityLoss>(library, resolve_params(library->params(), raw, name), *host_);
  }
  static LossInputs inputs(const at::Tensor& pred, const at::Tensor& noise, BatchRole role = BatchRole::kTrain) {
    LossInputs in;
    in.role = role;
    in.noise_pred = pred;
    in.noise = noise;
    return in;
  }

  PluginRegistry registry_{{miafr_tests::data_file("plugins/losses/libcosine.so").parent_path().parent_path()}};
  std::unique_ptr<PluginHost> host_;
};

struct Golden {
  std::string loss;
  int batch;
};

class LossGolden : public Losses, public testing::WithParamInterface<Golden> {};

TEST_P(LossGolden, ValueAndGradient) {
  const auto [name, batch] = GetParam();
  const auto goldens = miafr_tests::read_golden("losses.safetensors");
  const std::string b = std::to_string(batch), key = name + "." + b;
  const at::Tensor pred = goldens.at("pred." + b).clone().requires_grad_(true);
  const at::Tensor noise = goldens.at("target." + b);
  // As a function NT-Xent is 0 for one pair, which the plugin refuses.
  const at::Tensor value =
      name == "contrastive" && batch == 1
          ? miafr_losses::nt_xent(pred.flatten(2).transpose(0, 1), noise.flatten(2).transpose(0, 1), 0.5)
          : make(name)->forward(inputs(pred, noise));
  value.backward();

  const double expected = goldens.at(key + ".loss").item<double>();
  if (expected == 0) {
    EXPECT_EQ(value.item<double>(), 0);
  }
  EXPECT_LE(std::abs(value.item<double>() - expected), 1e-5 * std::abs(expected));
  const at::Tensor gradient = goldens.at(key + ".grad");
  EXPECT_LE((pred.grad() - gradient).abs().max().item<double>(), 1e-5 * gradient.abs().max().item<double>());
}

INSTANTIATE_TEST_SUITE_P(Reference, LossGolden,
                         testing::Values(Golden{"cosine", 1}, Golden{"cosine", 2}, Golden{"cosine", 8},
                                         Golden{"contrastive", 1}, Golden{"contrastive", 2}, Golden{"contrastive", 8}),
                         [](const auto& golden) { return golden.param.loss + std::to_string(golden.param.batch); });

TEST_F(Losses, ContrastiveAtBatch1WithoutQueueIsRefusedWithTheReason) {
  const char* reason =
      "a batch of 1 with queue = 0 has no negatives and the loss is 0 by construction; set queue to 1 or more (8 is "
      "usual), or the batch size to 2 or more";
  EXPECT_THAT([&] { make("contrastive", {}, /*batch_size=*/1); },
              testing::ThrowsMessage<PluginError>(std::string("loss contrastive: ") + reason));
  const auto loss = make("contrastive", {}, /*batch_size=*/0);
  const at::Tensor one = at::randn({1, 4, 4, 4});
  EXPECT_THAT([&] { loss->forward(inputs(one, one)); }, testing::ThrowsMessage<std::invalid_argument>(reason));
}

class ContrastiveQueue : public Losses {
 protected:
  double step(IdentityLoss& loss, BatchRole role = BatchRole::kTrain, int64_t size = 4) {
    const at::Tensor pred = at::randn({1, 4, size, size}).requires_grad_(true);
    return loss.forward(inputs(pred, at::randn({1, 4, size, size}), role)).item<double>();
  }
};

TEST_F(ContrastiveQueue, EarlierPairsAreTheNegativesAtBatch1) {
  at::manual_seed(1);
  const at::Tensor pred = at::randn({3, 4, 4, 4}), noise = at::randn({3, 4, 4, 4});
  const auto loss = make("contrastive", {{"queue", "8", "test"}}, 1);
  at::Tensor last;
  for (int i = 0; i < 3; ++i) {
    const at::Tensor leaf = pred.slice(0, i, i + 1).clone().requires_grad_(true);
    last = loss->forward(inputs(leaf, noise.slice(0, i, i + 1)));
    if (i == 0) {
      EXPECT_EQ(last.item<double>(), 0);  // nothing to tell it from yet
    }
    last.backward();
    EXPECT_EQ(leaf.grad().norm().item<double>() > 0, i > 0);
  }
  // By hand: for each channel and each of the two vectors, -log softmax of the partner among partner and four
  // negatives.
  double expected = 0;
  for (int channel = 0; channel < 4; ++channel) {
    const auto vector = [&](const at::Tensor& t, int image) { return t[image][channel].flatten(); };
    const auto similarity = [](const at::Tensor& a, const at::Tensor& b) {
      return at::exp(at::cosine_similarity(a, b, 0) / 0.5).item<double>();
    };
    const at::Tensor a = vector(pred, 2), b = vector(noise, 2);
    for (const at::Tensor& anchor : {a, b}) {
      double sum = similarity(a, b);
      for (int earlier = 0; earlier < 2; ++earlier)
        sum += similarity(anchor, vector(pred, earlier)) + similarity(anchor, vector(noise, earlier));
      expected -= std::log(similarity(a, b) / sum) / 8;
    }
  }
  EXPECT_NEAR(last.item<double>(), expected, 1e-5 * expected);
}

TEST_F(ContrastiveQueue, RolesAndShapesHaveQueuesOfTheirOwn) {
  const auto loss = make("contrastive", {{"queue", "2", "test"}}, 1);
  EXPECT_EQ(step(*loss), 0);
  EXPECT_EQ(step(*loss, BatchRole::kRegularization), 0);
  EXPECT_EQ(step(*loss, BatchRole::kTrain, 6), 0);
  EXPECT_GT(step(*loss), 0);
  for (int i = 0; i < 5; ++i) step(*loss);
  const auto state = loss->state();
  ASSERT_EQ(state.size(), 3u);
  EXPECT_EQ(state.at("train.4x4x4").sizes(), at::IntArrayRef({4, 4, 16}));  // two pairs kept of seven
  EXPECT_EQ(state.at("regularization.4x4x4").sizes(), at::IntArrayRef({4, 2, 16}));
}

TEST_F(ContrastiveQueue, AValidationPassLeavesItAlone) {
  const auto loss = make("contrastive", {{"queue", "2", "test"}}, 1);
  const at::NoGradGuard no_grad;
  step(*loss);
  EXPECT_FALSE(loss->state().count("train.4x4x4") && loss->state().at("train.4x4x4").defined());
}

// The step that it came from is left out, and the loss is as it would be without it.
TEST_F(ContrastiveQueue, WhatIsNotFiniteDoesNotStay) {
  at::manual_seed(2);
  const auto loss = make("contrastive", {{"queue", "4", "test"}}, 2);
  const auto clean = make("contrastive", {{"queue", "4", "test"}}, 2);
  const at::Tensor pred = at::randn({2, 4, 4, 4}), noise = at::randn({2, 4, 4, 4});
  at::Tensor broken = pred.clone();
  broken[0][1][2][3] = std::nan("");
  const auto none = at::full_like(pred, std::nan(""));
  EXPECT_TRUE(std::isnan(loss->forward(inputs(none, noise)).item<double>()));
  EXPECT_TRUE(loss->state().empty());
  EXPECT_TRUE(std::isnan(loss->forward(inputs(broken, noise)).item<double>()));
  // The other image of that batch is as good as any.
  clean->load_state({{"train.4x4x4", at::stack({pred[1].flatten(1), noise[1].flatten(1)}, 1)}});
  EXPECT_TRUE(loss->state().at("train.4x4x4").equal(clean->state().at("train.4x4x4")));
  EXPECT_EQ(loss->forward(inputs(pred, noise)).item<double>(), clean->forward(inputs(pred, noise)).item<double>());
}

// The biometric loss on small stand-ins for decoder, detector and matcher.
class Biometric : public Losses {
 protected:
  std::shared_ptr<IdentityLoss> make_biometric(const RawParams& raw) {
    const auto library = registry_.find("loss", "biometric");
    return PluginLibrary::create<IdentityLoss>(library, resolve_params(library->params(), raw, "biometric"), stand_in_);
  }
  // Two photos and what the network makes of them, early and late in the process.
  LossInputs step() {
    at::manual_seed(4);
    LossInputs in = inputs(at::randn({2, 4, 8, 8}).requires_grad_(true), at::randn({2, 4, 8, 8}));
    in.image_pred = stand_in_decode(in.noise_pred);
    in.image = stand_in_decode(at::randn({2, 4, 8, 8}));
    in.pair_image = stand_in_decode(at::randn({2, 4, 8, 8}));
    in.face_points = stand_in_face_points(in.image);
    in.pair_face_points = stand_in_face_points(in.pair_image);
    in.timesteps = at::tensor({100, 600}, at::kLong);
    in.alphas_cumprod = at::tensor({0.9, 0.1}, at::kFloat);
    return in;
  }
  double value(const RawParams& raw, const LossInputs& in) { return make_biometric(raw)->forward(in).item<double>(); }
  static LossInputs without_face(LossInputs in, int64_t image) {
    in.face_points = in.face_points.clone();
    in.face_points[image].fill_(std::nan(""));
    return in;
  }

  StandInHost stand_in_{"loss biometric", registry_};
};

TEST_F(Biometric, IsZeroForThePhotoItself) {
  LossInputs in = step();
  in.image_pred = in.image;
  for (const char* distance : {"cosine", "l1"}) EXPECT_NEAR(value({{"distance", distance, ""}}, in), 0, 1e-6);
  EXPECT_GT(value({}, step()), 0.01);
}

TEST_F(Biometric, TimesAreWeighted) {
  const LossInputs in = step();
  const RawParam plain{"time_weight", "none", ""}, quadratic{"time_weight", "quadratic", ""};
  const double first = value({plain}, without_face(in, 1)), second = value({plain}, without_face(in, 0));
  EXPECT_NEAR(value({plain}, in), (first + second) / 2, 1e-6);
  EXPECT_NEAR(value({}, in), (0.9 * first + 0.1 * second) / 2, 1e-6);
  EXPECT_NEAR(value({quadratic}, in), (0.81 * first + 0.16 * second) / 2, 1e-6);
  EXPECT_NEAR(value({plain, {"max_time", "0.6", ""}}, in), first, 1e-6);  // t = 600 of 1000 is not below 0.6
}

TEST_F(Biometric, AMissingFaceIsLeftOutAndCounted) {
  const auto loss = make_biometric({});
  const at::Tensor none = loss->forward(without_face(without_face(step(), 0), 1));
  EXPECT_EQ(none.item<double>(), 0);
  none.backward();  // a step without any face still has a gradient, zero
  loss->forward(without_face(step(), 1));
  EXPECT_EQ(loss->statistics().at("faces_missing"), 3);
}

TEST_F(Biometric, TripletKeepsAwayFromTheOtherSet) {
  LossInputs in = step();
  const RawParam triplet{"distance", "triplet", ""}, plain{"time_weight", "none", ""};
  in.image_pred = in.image;
  in.pair_image = in.image;  // each photo is its own nearest stranger: both distances are 0
  EXPECT_NEAR(value({triplet, plain, {"margin", "0.3", ""}}, in), 0.3, 1e-5);
  in.pair_face_points = at::full({2, 5, 2}, std::nan(""));  // no stranger's face: one at distance 1
  EXPECT_NEAR(value({triplet, plain, {"margin", "0.3", ""}}, in), 0, 1e-5);
  EXPECT_NEAR(value({triplet, plain, {"margin", "1.5", ""}}, in), 0.5, 1e-5);
}

}  // namespace
}  // namespace miafr
