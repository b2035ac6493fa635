// DPM-Solver++(2M) (Lu et al., arXiv 2211.01095, algorithm 2), the midpoint form.
//
//   sigma, alpha   of x_t = alpha x_0 + sigma eps: alpha = sqrt(acp), sigma = sqrt(1 - acp)
//   lambda         log(alpha / sigma), half the log signal-to-noise ratio; h = lambda_t - lambda_s, the step's length
//   r              h of the step before over h of this one
//
// The last step goes to sigma = 0 and is of first order, as a multistep there would extrapolate over an infinite h.
#include <torch/types.h>

#include <cmath>

#include "core/plugin/sampler.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::flag_param("karras", false,
                      "space the steps evenly in sigma^(1/7) (Karras et al.) instead of evenly in time"),
};

class Dpmpp2m final : public miafr::Sampler {
 public:
  Dpmpp2m(const miafr::Params& params, miafr::HostContext&) : karras_(params.flag("karras")) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    if (!karras_) return schedule.whole_linspace_timesteps(steps);
    std::vector<double> t;
    for (double sigma : schedule.karras_sigmas(steps)) t.push_back(std::nearbyint(schedule.timestep_of(sigma)));
    return t;
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    const std::vector<double> levels = sigmas(request.schedule, t);  // [steps + 1] sigma / alpha
    const auto lambda = [&](std::int64_t i) { return -std::log(levels[i]); };
    const auto alpha = [&](std::int64_t i) { return 1 / std::sqrt(1 + levels[i] * levels[i]); };
    const auto sigma = [&](std::int64_t i) { return levels[i] * alpha(i); };
    at::Tensor x = request.x, x0_before;  // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      // 1. The image that the predicted noise leaves.
      const at::Tensor eps = request.predict_noise(x, t[i]);  // [N, C, h, w]
      const at::Tensor x0 = (x - sigma(i) * eps) / alpha(i);  // [N, C, h, w]
      // 2. Extrapolated to the step's middle from this one and the one before (line 9 of the algorithm).
      const double h = lambda(i + 1) - lambda(i);
      const bool first_order = !x0_before.defined() || i + 1 == request.steps;
      const at::Tensor d = first_order ? x0 : x0 + h / (2 * (lambda(i) - lambda(i - 1))) * (x0 - x0_before);
      // 3. The exact solution for a constant image d (line 10).
      x = sigma(i + 1) / sigma(i) * x - alpha(i + 1) * std::expm1(-h) * d;
      x0_before = x0;
      request.on_step({i, request.steps, t[i], x, x0});
    }
    return x;
  }

 private:
  // Karras' levels are kept as they are; only the time that the network is told is rounded.
  std::vector<double> sigmas(const miafr::NoiseSchedule& schedule, const std::vector<double>& t) const {
    std::vector<double> levels;
    if (karras_)
      levels = schedule.karras_sigmas(static_cast<std::int64_t>(t.size()));
    else
      for (double at : t) levels.push_back(schedule.sigma(at));
    levels.push_back(0);
    return levels;
  }

  const bool karras_;
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Dpmpp2m, "dpmpp_2m", "1.0", "DPM-Solver++ of order 2, multistep; good from 15 steps on", kParams,
                     0, "MIT")
