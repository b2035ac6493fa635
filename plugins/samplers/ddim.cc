// DDIM (Song et al., arXiv 2010.02502), as latent diffusion has published it.
//
//   a, a_prev   alphas_cumprod at this and the next timestep; the last step ends at alphas_cumprod[0], not at 1
//   sigma       eta sqrt((1 - a_prev)/(1 - a)) sqrt(1 - a/a_prev), eq. 16; eta 0 is deterministic, 1 is like DDPM
//
// In reverse (inversion of a photo) the same step climbs from a_prev to a, with the noise predicted where it starts.
#include <torch/types.h>

#include <cmath>

#include "core/plugin/sampler.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::real_param("eta", 0.0, "how much noise each step adds: 0 none, 1 as much as DDPM", 0, 1),
};

class Ddim final : public miafr::Sampler {
 public:
  Ddim(const miafr::Params& params, miafr::HostContext&) : eta_(params.real("eta")) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.latent_diffusion_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    return request.reversed ? invert(request, t) : denoise(request, t);
  }

 private:
  // The estimate of x_0 at alphas_cumprod a (eq. 9).
  static at::Tensor image(const at::Tensor& x, const at::Tensor& eps, double a) {
    return (x - std::sqrt(1 - a) * eps) / std::sqrt(a);
  }

  at::Tensor denoise(const miafr::SamplerRequest& request, const std::vector<double>& t) const {
    const auto steps = static_cast<std::int64_t>(t.size());
    at::Tensor x = request.x;  // [N, C, h, w]
    for (std::int64_t i = request.start; i < steps; ++i) {
      const double a = request.schedule.alpha_cumprod(t[i]);
      const double a_prev = request.schedule.alpha_cumprod(i + 1 < steps ? t[i + 1] : 0);
      const double sigma = eta_ * std::sqrt((1 - a_prev) / (1 - a) * (1 - a / a_prev));  // eq. 16
      // 1. The noise in x, and fresh noise if there is to be any.
      const at::Tensor eps = request.predict_noise(x, t[i]);  // [N, C, h, w]
      at::Tensor fresh;                                       // [N, C, h, w]
      if (sigma > 0)
        fresh = request.noise.draw(x, i);
      else
        request.noise.skip(x, i);
      // 2. The image that the noise in x leaves, and x at the next timestep.
      const at::Tensor x0 = image(x, eps, a);
      x = std::sqrt(a_prev) * x0 + std::sqrt(1 - a_prev - sigma * sigma) * eps;  // eq. 12
      if (sigma > 0) x += sigma * fresh;
      request.on_step({i, steps, t[i], x, x0});
    }
    return x;
  }

  at::Tensor invert(const miafr::SamplerRequest& request, const std::vector<double>& t) const {
    const auto steps = static_cast<std::int64_t>(t.size());
    at::Tensor x = request.x;  // [N, C, h, w]
    for (std::int64_t i = steps - 1; i >= request.start; --i) {
      const double from = i + 1 < steps ? t[i + 1] : 0;
      const double a_prev = request.schedule.alpha_cumprod(from), a = request.schedule.alpha_cumprod(t[i]);
      const at::Tensor eps = request.predict_noise(x, from);  // [N, C, h, w]
      const at::Tensor x0 = image(x, eps, a_prev);
      x = std::sqrt(a) * x0 + std::sqrt(1 - a) * eps;  // eq. 12, upwards
      request.on_step({steps - 1 - i, steps, from, x, x0});
    }
    return x;
  }

  const double eta_;
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Ddim, "ddim", "1.0", "DDIM; a few steps more than asked for where they do not divide the schedule",
                     kParams, miafr::kCanReverse | miafr::kStochastic, "MIT")
