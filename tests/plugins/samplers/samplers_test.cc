// The samplers against the reference implementations: latents within 1e-4 of their standard deviation, timesteps
// exactly.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cmath>

#include "core/config/plugin_params.h"
#include "core/plugin/noise_schedule.h"
#include "core/plugin/sampler.h"
#include "core/runtime/plugin_host.h"
#include "tests/support/safetensors.h"

namespace miafr {
namespace {

constexpr double kTolerance = 1e-4;  // of the reference's standard deviation

// One generator for the batch, as the references draw.
class TorchNoise final : public NoiseSource {
 public:
  at::Tensor draw(const at::Tensor& like, std::int64_t) override {
    ++draws;
    return at::randn(like.sizes(), generator_, like.options());
  }
  void skip(const at::Tensor& like, std::int64_t) override {
    ++skips;
    at::randn(like.sizes(), generator_, like.options());
  }
  int draws = 0, skips = 0;

 private:
  at::Generator generator_ = at::detail::createCPUGenerator(1234);
};

// The analytic model of the references: eps(x, t, c) = 0.8 sin x + 0.1 cos(t/100) + 0.2 c, c = 1 with and 0 without the
// prompt.
at::Tensor guided_noise(const at::Tensor& x, double t, double guidance) {
  const at::Tensor unconditional = 0.8 * x.sin() + 0.1 * std::cos(t / 100);
  return unconditional + guidance * 0.2;
}

struct Result {
  at::Tensor latents;
  std::vector<double> called, stepped;  // timesteps of the network's calls, and of the steps
  std::vector<at::Tensor> x, x0_pred;   // after each step
};

class Samplers : public testing::Test {
 protected:
  std::shared_ptr<Sampler> make(const std::string& name, const RawParams& raw = {}) {
    const auto library = registry_.find("sampler", name);
    return PluginLibrary::create<Sampler>(library, resolve_params(library->params(), raw, name), host_);
  }

  Result run(Sampler& sampler, const at::Tensor& x, std::int64_t steps, double guidance, std::int64_t start = 0,
             bool reversed = false) {
    Result result;
    const NoisePredictor predict = [&](const at::Tensor& latents, double t) {
      result.called.push_back(t);
      return guided_noise(latents, t, guidance);
    };
    const StepCallback on_step = [&](const SamplerStep& step) {
      result.stepped.push_back(step.timestep);
      result.x.push_back(step.x);
      result.x0_pred.push_back(step.x0_pred);
    };
    result.latents = sampler.sample({predict, schedule_, noise_, on_step, x, steps, start, reversed});
    return result;
  }

  PluginRegistry registry_{{miafr_tests::data_file("plugins/samplers/libddim.so").parent_path().parent_path()}};
  PluginHost host_{"sampler test", {at::kCPU, 2, {}}, registry_};
  NoiseSchedule schedule_;
  TorchNoise noise_;
};

void expect_close(const at::Tensor& actual, const at::Tensor& expected, const std::string& what) {
  ASSERT_EQ(actual.sizes(), expected.sizes());
  EXPECT_LE(((actual - expected).abs().max() / expected.std()).item<double>(), kTolerance) << what;
}

std::vector<double> as_doubles(const at::Tensor& t) {
  const at::Tensor values = t.to(at::kDouble).contiguous();
  return {values.data_ptr<double>(), values.data_ptr<double>() + values.numel()};
}

struct Published {
  std::string key, sampler;
  std::int64_t steps;
  double guidance;
  RawParams params = {};
};

class PublishedSamplers : public Samplers, public testing::WithParamInterface<Published> {};

TEST_P(PublishedSamplers, LatentsTimestepsAndEveryEstimate) {
  const Published& p = GetParam();
  const auto golden = miafr_tests::read_golden("samplers.safetensors");
  const Result result = run(*make(p.sampler, p.params), golden.at("x_T"), p.steps, p.guidance);
  expect_close(result.latents, golden.at(p.key + ".x0"), "final latents");
  expect_close(at::stack(result.x0_pred), golden.at(p.key + ".pred_x0"), "estimates of x_0");
  auto timesteps = as_doubles(golden.at(p.key + ".timesteps"));
  std::reverse(timesteps.begin(), timesteps.end());
  EXPECT_EQ(result.stepped, timesteps);
  EXPECT_EQ(make(p.sampler, p.params)->timesteps(schedule_, p.steps), timesteps);
}

INSTANTIATE_TEST_SUITE_P(LatentDiffusion, PublishedSamplers,
                         testing::Values(Published{"ddim7", "ddim", 7, 1}, Published{"ddim10", "ddim", 10, 10},
                                         Published{"ddim50", "ddim", 50, 7.5}, Published{"ddim100", "ddim", 100, 10},
                                         Published{"ddim10_eta1", "ddim", 10, 3, {{"eta", "1", "test"}}},
                                         Published{"plms10", "plms", 10, 7.5}, Published{"plms50", "plms", 50, 10}),
                         [](const auto& p) { return p.param.key; });

class DiffusersSamplers : public Samplers, public testing::WithParamInterface<std::tuple<std::string, int>> {};

TEST_P(DiffusersSamplers, LatentsAndTimesteps) {
  const auto& [name, steps] = GetParam();
  const auto golden = miafr_tests::read_golden("samplers_extra.safetensors");
  const std::string key = name + "." + std::to_string(steps);
  const bool karras = name == "dpmpp_2m_karras";
  const Result result =
      run(*make(karras ? "dpmpp_2m" : name, karras ? RawParams{{"karras", "true", "test"}} : RawParams{}),
          golden.at("x_T"), steps, 7.5);
  EXPECT_EQ(result.called, as_doubles(golden.at(key + ".timesteps")));
  expect_close(result.latents, golden.at(key + ".x0"), "final latents");
}

INSTANTIATE_TEST_SUITE_P(Schedulers, DiffusersSamplers,
                         testing::Combine(testing::Values("dpmpp_2m", "dpmpp_2m_karras", "euler", "euler_ancestral",
                                                          "heun", "unipc", "lms", "ddpm"),
                                          testing::Values(5, 20)),
                         [](const auto& p) {
                           return std::get<0>(p.param) + "_" + std::to_string(std::get<1>(p.param));
                         });

// Image to image begins late: fed with the x of a whole run at that step, a sampler without memory must end where it
// ended.
class LateStart : public Samplers, public testing::WithParamInterface<const char*> {};

TEST_P(LateStart, EqualsTheTailOfAWholeRun) {
  const auto golden = miafr_tests::read_golden("samplers.safetensors");
  const Result whole = run(*make(GetParam()), golden.at("x_T"), 10, 7.5);
  const Result tail = run(*make(GetParam()), whole.x[3], 10, 7.5, /*start=*/4);
  expect_close(tail.latents, whole.latents, "final latents");
  EXPECT_EQ(tail.stepped, std::vector<double>(whole.stepped.begin() + 4, whole.stepped.end()));
}

INSTANTIATE_TEST_SUITE_P(OneStepSamplers, LateStart, testing::Values("ddim", "euler", "heun"),
                         [](const auto& p) { return std::string(p.param); });

// The published DDIM and PLMS draw noise at every step, also when it is multiplied by 0; PLMS twice in its first.
TEST_F(Samplers, SharedNoiseKeepsStepWithThePublishedSamplers) {
  const at::Tensor x = at::randn({1, 4, 8, 8});
  run(*make("ddim"), x, 10, 1);
  EXPECT_EQ(noise_.draws, 0);
  EXPECT_EQ(noise_.skips, 10);
  run(*make("plms"), x, 10, 1);
  EXPECT_EQ(noise_.skips, 21);
}

TEST_F(Samplers, DdimInvertsTowardsTheLevelWhereImageToImageBegins) {
  const at::Tensor x0 = at::randn({1, 4, 8, 8}, at::detail::createCPUGenerator(9));
  const Result up = run(*make("ddim"), x0, 200, 1, /*start=*/80, /*reversed=*/true);
  EXPECT_EQ(up.called.size(), 120u);
  const Result down = run(*make("ddim"), up.latents, 200, 1, /*start=*/80);
  EXPECT_LE((down.latents - x0).abs().max().item<double>(), 0.05);
}

}  // namespace
}  // namespace miafr
