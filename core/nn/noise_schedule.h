// The forward process of latent diffusion: how much noise a latent holds at timestep t. Needs no LibTorch.
//
//   beta_t               rises from linear_start to linear_end, linear in sqrt(beta) ("scaled linear", the schedule of Stable
//                        Diffusion v1; arXiv 2112.10752)
//   alphas_cumprod[t]    acp_t = prod_{s<=t} (1 - beta_s)              x_t = sqrt(acp_t) x_0 + sqrt(1 - acp_t) eps
//   sigma(t)             sqrt((1 - acp_t) / acp_t)                     x_t / sqrt(acp_t) = x_0 + sigma_t eps
//
// Timesteps count from 0 to num_timesteps - 1. Everything is computed and returned in float64.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace miafr {

struct NoiseScheduleConfig {
  std::int64_t timesteps = 1000;
  double linear_start = 0.00085;
  double linear_end = 0.012;
};

class NoiseSchedule {
 public:
  explicit NoiseSchedule(const NoiseScheduleConfig& config = {}) : config(config) {
    if (config.timesteps < 2) throw std::invalid_argument("noise schedule: timesteps = " + std::to_string(config.timesteps) + ", at least 2 needed");
    const double first = std::sqrt(config.linear_start), last = std::sqrt(config.linear_end);
    double product = 1;
    for (std::int64_t t = 0; t < config.timesteps; ++t) {
      const double root = first + (last - first) * t / (config.timesteps - 1);
      product *= 1 - root * root;
      alphas_cumprod_.push_back(product);
      sigmas_.push_back(std::sqrt((1 - product) / product));
    }
  }

  std::int64_t num_timesteps() const { return config.timesteps; }
  const std::vector<double>& alphas_cumprod() const { return alphas_cumprod_; }
  const std::vector<double>& sigmas() const { return sigmas_; }

  // At a timestep that may be fractional: sigma is interpolated linearly between the two neighbours.
  double sigma(double t) const {
    if (!(t >= 0 && t <= num_timesteps() - 1)) throw std::out_of_range("noise schedule: timestep " + std::to_string(t) + ", allowed 0.." + std::to_string(num_timesteps() - 1));
    const std::size_t below = static_cast<std::size_t>(t), above = std::min(below + 1, sigmas_.size() - 1);
    const double part = t - below;
    return sigmas_[below] * (1 - part) + sigmas_[above] * part;
  }
  double alpha_cumprod(double t) const {
    if (t == std::floor(t) && t >= 0 && t < num_timesteps()) return alphas_cumprod_[static_cast<std::size_t>(t)];
    const double s = sigma(t);
    return 1 / (1 + s * s);
  }

  const NoiseScheduleConfig config;

 private:
  std::vector<double> alphas_cumprod_, sigmas_;  // [num_timesteps]
};

}  // namespace miafr
