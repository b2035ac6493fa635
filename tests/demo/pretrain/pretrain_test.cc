// What the drawn world's networks are trained with.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "core/face/iresnet.h"
#include "core/models/tensor_file.h"
#include "core/nn/tensor_parameters.h"
#include "core/base/errors.h"
#include "demo/pretrain/captions.h"
#include "demo/pretrain/face_net.h"
#include "demo/pretrain/margin_losses.h"
#include "demo/pretrain/training_run.h"
#include "demo/pretrain/world.h"
#include "tests/support/files.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;

TrainingPlan small_plan(const fs::path& folder, std::int64_t steps) {
  TrainingPlan plan;
  plan.name = "line";
  plan.folder = folder;
  plan.steps = steps;
  plan.warmup = 2;
  plan.save_every = 3;
  return plan;
}

// Fits a line to random points; the schedule is that of 12 steps however many are done.
std::map<std::string, at::Tensor> fit_line(const fs::path& folder, std::int64_t stop_at) {
  TrainingRun run(small_plan(folder, 12));
  const at::Tensor weight = run.trained().get("line.weight", {1, 4});
  const at::Tensor seen = run.buffer("line.seen", at::zeros({1}));
  struct Stop {};
  try {
    run.train([&](std::int64_t step, at::Generator& generator) {
      if (step == stop_at) throw Stop();
      seen.add_(1);
      const at::Tensor x = at::randn({8, 4}, generator, at::kFloat);
      return (at::linear(x, weight) - x.sum(1, true)).square().mean();
    });
  } catch (const Stop&) {
    return {};
  }
  return read_tensor_file(folder / "line.safetensors");
}

TEST(TrainingRun, GoesOnAsIfItHadNotStopped) {
  const fs::path whole = temporary_folder(), stopped = temporary_folder();
  const auto ought = fit_line(whole, -1);
  EXPECT_TRUE(fit_line(stopped, 7).empty());  // the newest state is that of step 6
  const auto is = fit_line(stopped, -1);
  ASSERT_EQ(is.size(), 2U);
  for (const auto& [name, tensor] : ought) EXPECT_TRUE(is.at(name).equal(tensor)) << name;
  EXPECT_EQ(ought.at("line.seen").item<float>(), 12);
  EXPECT_TRUE(fs::exists(stopped / "line_loss.csv"));
}

TEST(TrainingRun, RefusesAnotherSeedInTheSameFolder) {
  const fs::path folder = temporary_folder();
  fit_line(folder, -1);
  TrainingPlan other = small_plan(folder, 12);
  other.seed = 5;
  EXPECT_THROW(TrainingRun{other}, Error);
}

TEST(TrainingRun, BeginsWithWeightsThatAreThere) {
  const fs::path first = temporary_folder(), second = temporary_folder();
  const auto fitted = fit_line(first, -1);
  TrainingPlan plan = small_plan(second, 12);
  plan.from = first / "line.safetensors";
  TrainingRun run(plan);
  EXPECT_TRUE(run.trained().get("line.weight", {1, 4}).equal(fitted.at("line.weight")));
  EXPECT_EQ(run.buffer("line.seen", at::zeros({1})).item<float>(), 12);
}

TEST(TrainingRun, DoesNotBeginWithTheWeightsOfSomethingElse) {
  const fs::path first = temporary_folder();
  fit_line(first, -1);
  TrainingPlan plan = small_plan(temporary_folder(), 12);
  plan.from = first / "line.safetensors";
  TrainingRun run(plan);
  const at::Tensor weight = run.trained().get("curve.weight", {1, 4});
  EXPECT_THROW(run.train([&](std::int64_t, at::Generator&) { return weight.sum(); }), Error);
}

// The network in training, asked for no training, is the one that the plugins run.
TEST(TrainingIResNet, IsTheNetworkOfTheMatchers) {
  for (const auto layout : {IResNetConfig::Layout::kArcFace, IResNetConfig::Layout::kAdaFace}) {
    const fs::path folder = temporary_folder();
    TrainingPlan plan = small_plan(folder, 6);
    plan.ema = 0;  // the averages that are the result are the weights themselves
    TrainingRun run(plan);
    IResNetConfig config;
    config.layout = layout;
    config.input = 56;
    config.depths = {1, 2, 1};
    config.widths = {8, 16, 24};
    config.embedding_size = 32;
    const TrainingIResNet net(config, run);
    const at::Tensor faces = at::randn({4, 3, 56, 56});
    run.train([&](std::int64_t, at::Generator&) { return net.forward(faces, true).square().mean(); });
    TensorParameters weights(read_tensor_file(folder / "line.safetensors"), "test");
    const auto found = IResNetConfig::from_checkpoint(weights.shape_lookup());
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->input, 56);
    EXPECT_EQ(found->depths, config.depths);
    const at::NoGradGuard no_gradients;
    const at::Tensor is = IResNet(*found, Scope(weights, "")).forward(faces), ought = net.forward(faces, false);
    EXPECT_TRUE(at::allclose(is, ought, 1e-3, 1e-4)) << (is - ought).abs().max().item<float>();
  }
}

double cross_entropy(const std::vector<double>& logits, std::size_t label) {
  double sum = 0;
  for (const double logit : logits) sum += std::exp(logit);
  return std::log(sum) - logits[label];
}

// Two features in the plane at known angles to the two classes' axes.
TEST(MarginLosses, AreThePapersFormulas) {
  const double a = 0.5, b = 1.2, s = 4, m = 0.3;
  const at::Tensor features =
      at::tensor({2 * std::cos(a), 2 * std::sin(a), 6 * std::cos(b), 6 * std::sin(b)}, at::kDouble).view({2, 2});
  const at::Tensor centres = at::eye(2, at::kDouble), labels = at::tensor({0, 1}, at::kLong);
  const double right = std::acos(0.0);
  const double arc = (cross_entropy({s * std::cos(a + m), s * std::sin(a)}, 0) +
                      cross_entropy({s * std::cos(b), s * std::cos(right - b + m)}, 1)) /
                     2;
  EXPECT_NEAR(arcface_loss(features, centres, labels, m, s).item<double>(), arc, 1e-6);

  // Norms 2 and 6: mean 4, deviation sqrt(8).
  const double z = 2 / (std::sqrt(8.0) + 1e-3) * 0.333;
  const double ada = (cross_entropy({s * (std::cos(a + m * z) - (m - m * z)), s * std::sin(a)}, 0) +
                      cross_entropy({s * std::cos(b), s * (std::cos(right - b - m * z) - (m + m * z))}, 1)) /
                     2;
  EXPECT_NEAR(adaface_loss(features, centres, labels, m, s).item<double>(), ada, 1e-6);
}

TEST(Captions, TellAgeAndGlassesAndNothingWrong) {
  int empty = 0, ages = 0, names = 0;
  for (std::uint64_t draw = 0; draw < 1000; ++draw) {
    const std::string old = caption_of({1, AgeLabel::kOld, false, 0}, draw, /*has_name=*/true);
    EXPECT_EQ(old.find("eyeglasses"), std::string::npos);
    for (const char* other : {"child", "elderly", "teenager"}) EXPECT_EQ(old.find(other), std::string::npos) << old;
    empty += old.empty() ? 1 : 0;
    names += old.find(kName) != std::string::npos ? 1 : 0;
    EXPECT_EQ(caption_of({1, AgeLabel::kOld, false, 0}, draw, /*has_name=*/false).find(kName), std::string::npos);
    ages += old.find("old") != std::string::npos ? 1 : 0;
  }
  EXPECT_NEAR(empty, 100, 40);
  EXPECT_GT(ages, 700);
  EXPECT_NEAR(names, 770, 60);
}

TEST(World, PhotosOfAPersonDifferAndAreTheSameAgain) {
  const PhotoPlan first = photo_plan(kBasePeople, 0), second = photo_plan(kBasePeople, 1);
  EXPECT_NE(first.nuisance, second.nuisance);
  const Photos once = draw_photos({first, second}), again = draw_photos({first, second});
  EXPECT_TRUE(once.pixels.equal(again.pixels));
  EXPECT_FALSE(once.pixels[0].equal(once.pixels[1]));
  EXPECT_EQ(once.pixels.sizes(), (std::vector<std::int64_t>{2, 3, 64, 64}));
  EXPECT_LT(once.landmarks[0][0][0].item<float>(), once.landmarks[0][1][0].item<float>());  // left eye, right eye
}

}  // namespace
}  // namespace miafr::demo
