// Heun's method on the probability-flow ODE (Karras et al., arXiv 2206.00364, algorithm 1).
#include "plugins/samplers/sigma_space.h"

namespace {

class Heun final : public miafr::Sampler {
 public:
  Heun(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.linspace_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const miafr_samplers::SigmaSpace space(request);
    at::Tensor z = space.start();  // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const double step = space.sigma(i + 1) - space.sigma(i);
      // 1. An Euler step (lines 4 and 5).
      const at::Tensor eps = space.noise(z, i);  // dz/dsigma
      at::Tensor x0 = z - space.sigma(i) * eps;
      at::Tensor next = z + step * eps;
      // 2. Again with the mean of the slopes at its two ends (lines 7 and 8); at sigma = 0 there is no slope.
      if (i + 1 < request.steps) {
        const at::Tensor eps_next = space.noise(next, i + 1);
        x0 = next - space.sigma(i + 1) * eps_next;
        next = z + step * (eps + eps_next) / 2;
      }
      z = next;
      space.report(i, z, x0);
    }
    return z;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Heun, "heun", "1.0", "Heun steps along the probability flow; two network calls a step",
                     miafr::kNoParams, 0, "MIT")
