// Ancestral Euler (k-diffusion): each step goes down further than its goal and returns with fresh noise.
//
//   s, s_next   sigma at which the step begins and ends
//   s_up        sqrt(s_next^2 (s^2 - s_next^2) / s^2), the noise that is added
//   s_down      sqrt(s_next^2 - s_up^2), where the step goes before that
#include "plugins/samplers/sigma_space.h"

namespace {

class EulerAncestral final : public miafr::Sampler {
 public:
  EulerAncestral(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.linspace_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const miafr_samplers::SigmaSpace space(request);
    at::Tensor z = space.start();  // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const double s = space.sigma(i), s_next = space.sigma(i + 1);
      const double s_up = s_next * std::sqrt(s * s - s_next * s_next) / s;
      const double s_down = std::sqrt(s_next * s_next - s_up * s_up);
      const at::Tensor eps = space.noise(z, i);  // dz/dsigma
      const at::Tensor x0 = z - s * eps;
      z = z + (s_down - s) * eps;
      if (s_up > 0)
        z += s_up * request.noise.draw(z, i);
      else
        request.noise.skip(z, i);
      space.report(i, z, x0);
    }
    return z;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(EulerAncestral, "euler_ancestral", "1.0", "Euler steps that go too low and add fresh noise",
                     miafr::kNoParams, miafr::kStochastic, "MIT")
