// PLMS, pseudo linear multistep (Liu et al., PNDM, arXiv 2202.09778), as latent diffusion has published it.
//
//   eps          predicted noise e_t; e_1, e_2, e_3 are those of the steps before, newest first
//   transfer     the DDIM step from a to a_prev with a given noise (eq. 11)
//   first step   pseudo improved Euler: a second call of the network at the next timestep (eq. 13, one call less)
//   later steps  Adams-Bashforth of order 2, 3 and then 4 (eq. 12)
#include <torch/types.h>

#include <cmath>
#include <deque>

#include "core/plugin/sampler.h"

namespace {

class Plms final : public miafr::Sampler {
 public:
  Plms(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.latent_diffusion_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    const auto steps = static_cast<std::int64_t>(t.size());
    std::deque<at::Tensor> earlier;  // e_1, e_2, e_3
    at::Tensor x = request.x;        // [N, C, h, w]
    for (std::int64_t i = request.start; i < steps; ++i) {
      const double a = request.schedule.alpha_cumprod(t[i]);
      const double a_prev = request.schedule.alpha_cumprod(i + 1 < steps ? t[i + 1] : 0);
      const auto image = [&](const at::Tensor& e) { return (x - std::sqrt(1 - a) * e) / std::sqrt(a); };
      const auto transfer = [&](const at::Tensor& e) {
        return std::sqrt(a_prev) * image(e) + std::sqrt(1 - a_prev) * e;
      };
      // 1. The noise at this point, and its average over the step.
      const at::Tensor eps = request.predict_noise(x, t[i]);  // [N, C, h, w]
      at::Tensor average;                                     // [N, C, h, w]
      if (earlier.empty()) {
        average = (eps + request.predict_noise(transfer(eps), t[std::min(i + 1, steps - 1)])) / 2;
        request.noise.skip(x, i);  // the published step draws for each of its two transfers
      } else {
        average = adams_bashforth(eps, earlier);
      }
      // 2. The step with that average.
      const at::Tensor x0 = image(average);
      x = transfer(average);
      request.noise.skip(x, i);
      earlier.push_front(eps);
      if (earlier.size() > 3) earlier.pop_back();
      request.on_step({i, steps, t[i], x, x0});
    }
    return x;
  }

 private:
  static at::Tensor adams_bashforth(const at::Tensor& eps, const std::deque<at::Tensor>& e) {
    if (e.size() == 1) return (3 * eps - e[0]) / 2;
    if (e.size() == 2) return (23 * eps - 16 * e[0] + 5 * e[1]) / 12;
    return (55 * eps - 59 * e[0] + 37 * e[1] - 9 * e[2]) / 24;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Plms, "plms", "1.0", "pseudo linear multistep; a few steps more than asked for, as ddim",
                     miafr::kNoParams, 0, "MIT")
