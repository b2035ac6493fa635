// my_plugin: deterministic DDIM (arXiv 2010.02502, eq. 12 with sigma = 0). Replace it with your own.
#include "core/plugin/sampler.h"

#include <torch/types.h>

#include <cmath>

namespace {

class MyPlugin final : public miafr::Sampler {
 public:
  MyPlugin(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.leading_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    at::Tensor x = request.x;
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const double a = request.schedule.alpha_cumprod(t[i]);
      const double a_prev = i + 1 < request.steps ? request.schedule.alpha_cumprod(t[i + 1]) : 1.0;
      const at::Tensor eps = request.predict_noise(x, t[i]);  // [N, C, h, w]
      const at::Tensor x0 = (x - std::sqrt(1 - a) * eps) / std::sqrt(a);
      x = std::sqrt(a_prev) * x0 + std::sqrt(1 - a_prev) * eps;
      request.on_step({i, request.steps, t[i], x, x0});
    }
    return x;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(MyPlugin, "my_plugin", "0.1", "deterministic DDIM", miafr::kNoParams, 0, "MIT")
