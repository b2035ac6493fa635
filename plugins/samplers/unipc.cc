// UniPC (Zhao et al., arXiv 2302.04867), order 2, data prediction, B(h) = e^h - 1 ("bh2").
//
//   sigma, alpha   of x_t = alpha x_0 + sigma eps
//   lambda         log(alpha / sigma); h = lambda_t - lambda_s, the step's length, and here hh = -h
//   r              (lambda of the step before - lambda_s) / h, negative
//   D, D_t         differences of x_0 predictions, (m_1 - m_0) / r behind the step and m_t - m_0 at its end
//   B              B(-h) = e^-h - 1
//
// Each step predicts x at the next timestep (UniP) and, when the network has been there, corrects it (UniC): the
// correction costs no call of its own. The first and the last step are of first order.
#include <torch/types.h>

#include <cmath>

#include "core/plugin/sampler.h"

namespace {

// A step that has been taken, for its correction.
struct Step {
  at::Tensor x, x0, x0_before;  // where it began, the x_0 predicted there, and the one before (undefined: first order)
  std::int64_t i = 0;
};

class UniPc final : public miafr::Sampler {
 public:
  UniPc(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.whole_linspace_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const std::vector<double> t = timesteps(request.schedule, request.steps);
    const Levels levels(request.schedule, t);
    Step step;
    at::Tensor x = request.x;  // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      // 1. The image that the predicted noise leaves.
      const at::Tensor eps = request.predict_noise(x, t[i]);                // [N, C, h, w]
      const at::Tensor x0 = (x - levels.sigma(i) * eps) / levels.alpha(i);  // [N, C, h, w]
      // 2. The step that led here, again with what the network says here (UniC, eq. 8).
      if (step.x.defined()) x = correct(levels, step, x0);
      // 3. The next step (UniP, eq. 9).
      const bool first_order = !step.x.defined() || i + 1 == request.steps;
      step = {x, x0, first_order ? at::Tensor() : step.x0, i};
      x = predict(levels, step);
      request.on_step({i, request.steps, t[i], x, x0});
    }
    return x;
  }

 private:
  struct Levels {
    Levels(const miafr::NoiseSchedule& schedule, const std::vector<double>& t) {
      for (double at : t) ratio.push_back(schedule.sigma(at));
      ratio.push_back(0);
    }
    double alpha(std::int64_t i) const { return 1 / std::sqrt(1 + ratio[i] * ratio[i]); }
    double sigma(std::int64_t i) const { return ratio[i] * alpha(i); }
    double lambda(std::int64_t i) const { return -std::log(ratio[i]); }
    double h(std::int64_t i) const { return lambda(i + 1) - lambda(i); }  // of step i
    double r(std::int64_t i) const { return (lambda(i - 1) - lambda(i)) / h(i); }
    std::vector<double> ratio;  // [steps + 1] sigma / alpha
  };

  // The exact solution for a constant x_0 prediction, to which both add multiples of differences.
  static at::Tensor first_order(const Levels& levels, const Step& s) {
    return levels.sigma(s.i + 1) / levels.sigma(s.i) * s.x - levels.alpha(s.i + 1) * std::expm1(-levels.h(s.i)) * s.x0;
  }

  static at::Tensor predict(const Levels& levels, const Step& s) {
    const at::Tensor x = first_order(levels, s);
    if (!s.x0_before.defined()) return x;
    const at::Tensor difference = (s.x0_before - s.x0) / levels.r(s.i);
    return x - levels.alpha(s.i + 1) * std::expm1(-levels.h(s.i)) * 0.5 * difference;  // order 2: the weight is 1/2
  }

  static at::Tensor correct(const Levels& levels, const Step& s, const at::Tensor& x0_next) {
    const double hh = -levels.h(s.i), b = std::expm1(hh), scale = levels.alpha(s.i + 1) * b;
    if (!s.x0_before.defined()) return first_order(levels, s) - scale * 0.5 * (x0_next - s.x0);
    // The weights solve rho_1 + rho_2 = b_1, r rho_1 + rho_2 = b_2, with phi_1, phi_2 of appendix A in b (eq. 7).
    const double phi_1 = b / hh - 1, phi_2 = phi_1 / hh - 0.5;
    const double b_1 = phi_1 / b, b_2 = 2 * phi_2 / b, r = levels.r(s.i);
    const double rho_1 = (b_1 - b_2) / (1 - r), rho_2 = b_1 - rho_1;
    return first_order(levels, s) - scale * (rho_1 * (s.x0_before - s.x0) / r + rho_2 * (x0_next - s.x0));
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(UniPc, "unipc", "1.0", "UniPC of order 2; good from 10 steps on", miafr::kNoParams, 0, "MIT")
