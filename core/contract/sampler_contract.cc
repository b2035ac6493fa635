// Every sampler: ends with finite latents, repeats itself, reports every step, stops when told, and keeps to the noise
// it is given.
#include <torch/types.h>

#include <cmath>
#include <optional>

#include "core/contract/contract.h"
#include "core/plugin/sampler.h"

namespace miafr {
namespace {

constexpr int64_t kSteps = 6;

// Noise that depends on seed and step only, and counts the draws of every step.
class CountingNoise final : public NoiseSource {
 public:
  at::Tensor draw(const at::Tensor& like, std::int64_t step) override {
    ++draws;
    expect(++drawn_at_[step] == 1, "more than one draw in step " + std::to_string(step));
    auto generator = at::detail::createCPUGenerator(1000 + step);
    return at::randn(like.sizes(), generator, at::kFloat).to(like.options());
  }
  void skip(const at::Tensor&, std::int64_t) override {}
  int64_t draws = 0;

 private:
  std::map<std::int64_t, int> drawn_at_;
};

struct Run {
  int64_t steps = kSteps;
  int64_t start = 0;
  bool reversed = false;
  std::optional<int64_t> cancel_at;       // in on_step
  std::optional<int64_t> cancel_at_call;  // in the noise predictor
  at::Tensor x = start_noise();
  CountingNoise noise;
  std::vector<int64_t> reported;
  std::int64_t total = 0;

  static at::Tensor start_noise() { return at::randn({2, 4, 8, 8}, at::detail::createCPUGenerator(3), at::kFloat); }

  at::Tensor operator()(Sampler& sampler) {
    const NoiseSchedule schedule;
    int64_t calls = 0;
    const NoisePredictor predict = [&](const at::Tensor& x, double t) {
      expect(t >= 0 && t <= schedule.num_timesteps() - 1, "it asks for the noise at t = " + std::to_string(t));
      if (calls++ == cancel_at_call) throw Cancelled();
      return 0.8 * x.sin() + 0.1 * std::cos(t / 100);
    };
    const StepCallback on_step = [&](const SamplerStep& step) {
      reported.push_back(step.index);
      total = step.total;
      expect(step.x.sizes() == x.sizes() && step.x0_pred.sizes() == x.sizes(),
             "x or x0_pred of a step has another shape than the latents");
      if (cancel_at == step.index) throw Cancelled();
    };
    return sampler.sample({predict, schedule, noise, on_step, x, steps, start, reversed});
  }
};

void check_timesteps(const Sampler& sampler) {
  const NoiseSchedule schedule;
  for (int64_t steps : {int64_t{2}, kSteps, int64_t{50}}) {
    const auto t = sampler.timesteps(schedule, steps);
    expect(static_cast<int64_t>(t.size()) >= steps,
           std::to_string(t.size()) + " timesteps for " + std::to_string(steps) + " steps");
    for (std::size_t i = 0; i < t.size(); ++i) {
      expect(t[i] >= 0 && t[i] <= schedule.num_timesteps() - 1, "timestep " + std::to_string(t[i]));
      expect(i == 0 || t[i] <= t[i - 1], "they rise");
    }
  }
}

void check_cancel(Sampler& sampler, Run run) {
  try {
    run(sampler);
  } catch (const Cancelled&) {
    return;
  }
  throw CheckFailed("it went on to the end");
}

template <class F>
void expect_invalid_argument(const F& body, const std::string& otherwise) {
  try {
    body();
  } catch (const std::invalid_argument&) {
    return;
  }
  throw CheckFailed(otherwise);
}

}  // namespace

void check_sampler(std::shared_ptr<const PluginLibrary> library, const Params& params, HostContext& host,
                   Checks& checks) {
  const std::uint32_t flags = library->descriptor().flags;
  const auto make = [&] { return PluginLibrary::create<Sampler>(library, params, host); };
  if (!checks.run("it can be made with its defaults", [&] { make(); })) return;

  checks.run("its timesteps stay within the schedule and never rise", [&] { check_timesteps(*make()); });
  checks.run("more steps than the schedule has are refused", [&] {
    expect_invalid_argument([&] { make()->timesteps(NoiseSchedule(), 1001); }, "1001 steps of 1000 are accepted");
    expect_invalid_argument([&] { make()->timesteps(NoiseSchedule(), 0); }, "0 steps are accepted");
  });
  checks.run("its latents are finite and shaped like the noise", [&] {
    for (int64_t steps : {int64_t{1}, int64_t{2}, kSteps}) {
      Run run;
      run.steps = steps;
      const at::Tensor x = run(*make());
      expect(x.sizes() == run.x.sizes() && x.isfinite().all().item<bool>(),
             "not so with " + std::to_string(steps) + " steps");
    }
  });
  checks.run("the same seed gives the same latents, also when it is used again", [&] {
    const auto sampler = make();
    const at::Tensor first = Run()(*sampler);
    expect(first.equal(Run()(*sampler)), "a second run of one object differs");
    expect(first.equal(Run()(*make())), "a second object differs");
  });
  checks.run("it reports every step", [&] {
    for (int64_t start : {int64_t{0}, int64_t{2}}) {
      Run run;
      run.start = start;
      run(*make());
      expect(static_cast<int64_t>(run.reported.size()) == run.total - start,
             std::to_string(run.reported.size()) + " reports for " + std::to_string(run.total - start) + " steps");
      for (std::size_t i = 0; i < run.reported.size(); ++i)
        expect(run.reported[i] == start + static_cast<int64_t>(i), "out of order");
    }
  });
  checks.run("it stops when told to", [&] {
    Run in_step, in_call;
    in_step.cancel_at = 2;
    in_call.cancel_at_call = 2;
    check_cancel(*make(), std::move(in_step));
    check_cancel(*make(), std::move(in_call));
  });
  checks.run("it leaves the starting noise as it is", [&] {
    Run run;
    run(*make());
    expect(run.x.equal(Run::start_noise()), "request.x was written to");
  });
  checks.run("it draws noise only when it says so", [&] {
    Run run;
    run(*make());
    expect(run.noise.draws == 0 || (flags & kStochastic),
           std::to_string(run.noise.draws) + " draws without kStochastic");
  });
  if (flags & kCanReverse)
    checks.run("reversed and then forward it returns near the start", [&] {
      Run there, back;
      there.steps = back.steps = 200;
      there.reversed = true;
      back.x = there(*make());
      const double error = (back(*make()) - there.x).abs().max().item<double>();
      expect(error < 0.1, "largest difference " + std::to_string(error) + " after 200 steps each way");
    });
}

}  // namespace miafr
