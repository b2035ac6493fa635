// DDPM, ancestral sampling (Ho et al., arXiv 2006.11239, algorithm 2), on a subset of the timesteps.
//
//   a, a_prev   alphas_cumprod at this timestep and at the next one, floor(T / steps) below; 1 under the schedule's end
//   beta        1 - a/a_prev, what the steps between add
//   variance    (1 - a_prev)/(1 - a) beta: the smaller of the two of section 3.2
#include <torch/types.h>

#include <cmath>

#include "core/plugin/sampler.h"

namespace {

class Ddpm final : public miafr::Sampler {
 public:
  Ddpm(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.leading_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    at::Tensor x = request.x;  // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const bool last = i + 1 == request.steps;
      const double a = request.schedule.alpha_cumprod(t[i]),
                   a_prev = last ? 1.0 : request.schedule.alpha_cumprod(t[i + 1]);
      const double beta = 1 - a / a_prev;
      // 1. The image that the predicted noise leaves (eq. 15).
      const at::Tensor eps = request.predict_noise(x, t[i]);              // [N, C, h, w]
      const at::Tensor x0 = (x - std::sqrt(1 - a) * eps) / std::sqrt(a);  // [N, C, h, w]
      // 2. The posterior's mean (eq. 7) and, but for the last step, its noise.
      x = std::sqrt(a_prev) * beta / (1 - a) * x0 + std::sqrt(a / a_prev) * (1 - a_prev) / (1 - a) * x;
      if (!last) x += std::sqrt((1 - a_prev) / (1 - a) * beta) * request.noise.draw(x, i);
      request.on_step({i, request.steps, t[i], x, x0});
    }
    return x;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Ddpm, "ddpm", "1.0", "ancestral sampling of DDPM", miafr::kNoParams, miafr::kStochastic, "MIT")
