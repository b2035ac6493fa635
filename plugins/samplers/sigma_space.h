// The space in which Euler, Heun and LMS step (Karras et al., arXiv 2206.00364): z = x / sqrt(acp), so that z = x_0 +
// sigma eps and dz/dsigma = eps.
#pragma once

#include <torch/types.h>

#include <cmath>
#include <vector>

#include "core/plugin/sampler.h"

namespace miafr_samplers {

class SigmaSpace {
 public:
  explicit SigmaSpace(const miafr::SamplerRequest& request)
      : request_(request), timesteps_(request.schedule.linspace_timesteps(request.steps)) {
    for (double t : timesteps_) sigmas_.push_back(request.schedule.sigma(t));
    sigmas_.push_back(0);
  }

  // Noise level at which step i begins; of the one behind the last, 0.
  double sigma(std::int64_t i) const { return sigmas_[i]; }

  // Where the first step begins. Pure noise counts as z / sigma, though sqrt(1 + sigma^2) would be exact: as published.
  at::Tensor start() const {
    const double s = sigma(request_.start);
    return request_.x * (request_.start == 0 ? s : std::sqrt(1 + s * s));  // [N, C, h, w]
  }

  // Predicted noise of z at the beginning of step i.
  at::Tensor noise(const at::Tensor& z, std::int64_t i) const {
    return request_.predict_noise(to_x(z, sigma(i)), timesteps_[i]);
  }

  // After step i, which ended in z.
  void report(std::int64_t i, const at::Tensor& z, const at::Tensor& x0) const {
    request_.on_step({i, request_.steps, timesteps_[i], to_x(z, sigma(i + 1)), x0});
  }

 private:
  static at::Tensor to_x(const at::Tensor& z, double sigma) { return z / std::sqrt(1 + sigma * sigma); }

  const miafr::SamplerRequest& request_;
  const std::vector<double> timesteps_;
  std::vector<double> sigmas_;  // [steps + 1]
};

}  // namespace miafr_samplers
