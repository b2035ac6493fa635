// Euler's method on the probability-flow ODE (Karras et al., arXiv 2206.00364, algorithm 1 without the correction).
#include "plugins/samplers/sigma_space.h"

namespace {

class Euler final : public miafr::Sampler {
 public:
  Euler(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.linspace_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const miafr_samplers::SigmaSpace space(request);
    at::Tensor z = space.start();  // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const at::Tensor eps = space.noise(z, i);  // dz/dsigma
      const at::Tensor x0 = z - space.sigma(i) * eps;
      z = z + (space.sigma(i + 1) - space.sigma(i)) * eps;
      space.report(i, z, x0);
    }
    return z;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Euler, "euler", "1.0", "Euler steps along the probability flow", miafr::kNoParams, 0, "MIT")
