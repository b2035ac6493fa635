// The forward process of latent diffusion: how much noise a latent holds at timestep t. Needs no LibTorch.
//
//   beta_t              from linear_start to linear_end, linear in sqrt(beta): "scaled linear" (arXiv 2112.10752)
//   alphas_cumprod[t]   acp_t = prod_{s<=t} (1 - beta_s)             x_t = sqrt(acp_t) x_0 + sqrt(1 - acp_t) eps
//   sigma(t)            sqrt((1 - acp_t) / acp_t)                    x_t / sqrt(acp_t) = x_0 + sigma_t eps
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
    if (config.timesteps < 2)
      throw std::invalid_argument("noise schedule: timesteps = " + std::to_string(config.timesteps) +
                                  ", at least 2 needed");
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

  // The timestep may be fractional: sigma is interpolated linearly between its two neighbours.
  double sigma(double t) const {
    if (!(t >= 0 && t <= num_timesteps() - 1))
      throw std::out_of_range("noise schedule: timestep " + std::to_string(t) + ", allowed 0.." +
                              std::to_string(num_timesteps() - 1));
    const std::size_t below = static_cast<std::size_t>(t), above = std::min(below + 1, sigmas_.size() - 1);
    const double part = t - below;
    return sigmas_[below] * (1 - part) + sigmas_[above] * part;
  }
  double alpha_cumprod(double t) const { return 1 / (1 + sigma(t) * sigma(t)); }

  // The inverse of sigma: log(sigma) is interpolated linearly, as k-diffusion does; clamped to the schedule.
  double timestep_of(double sigma) const {
    const std::size_t above = std::clamp<std::size_t>(
        std::lower_bound(sigmas_.begin(), sigmas_.end(), sigma) - sigmas_.begin(), 1, sigmas_.size() - 1);
    const double low = std::log(sigmas_[above - 1]), high = std::log(sigmas_[above]);
    return above - 1 + std::clamp((std::log(sigma) - low) / (high - low), 0.0, 1.0);
  }

  // Ways to spread `steps` timesteps over the schedule, descending; the names are those of arXiv 2305.08891, table 2.
  // All throw std::invalid_argument for fewer than 1 or more than num_timesteps() steps.

  // T-1 … 0 with both ends, fractional and rounded to float32 as in k-diffusion. One step begins at T-1.
  std::vector<double> linspace_timesteps(std::int64_t steps) const {
    check_steps(steps);
    std::vector<double> t;
    for (std::int64_t i = steps - 1; i >= 0; --i)
      t.push_back(steps == 1 ? num_timesteps() - 1 : static_cast<float>(i * ((num_timesteps() - 1.0) / (steps - 1))));
    return t;
  }

  // The same for steps + 1 points without the last, 0; whole numbers, halves to even.
  std::vector<double> whole_linspace_timesteps(std::int64_t steps) const {
    check_steps(steps);
    std::vector<double> t;
    for (std::int64_t i = steps; i >= 1; --i) t.push_back(std::nearbyint(i * ((num_timesteps() - 1.0) / steps)));
    return t;
  }

  // Multiples of floor(T / steps), from 0.
  std::vector<double> leading_timesteps(std::int64_t steps) const {
    check_steps(steps);
    std::vector<double> t;
    for (std::int64_t i = steps - 1; i >= 0; --i) t.push_back(i * (num_timesteps() / steps));
    return t;
  }

  // The timesteps with which latent diffusion has published DDIM and PLMS: every multiple of floor(T / steps) below T,
  // plus 1. There are more than `steps` of them where `steps` does not divide T: 8 for 7. Where plus 1 would leave the
  // schedule it is left out.
  std::vector<double> latent_diffusion_timesteps(std::int64_t steps) const {
    check_steps(steps);
    const std::int64_t stride = num_timesteps() / steps, last = (num_timesteps() - 1) / stride * stride;
    const std::int64_t offset = last + 1 < num_timesteps() ? 1 : 0;
    std::vector<double> t;
    for (std::int64_t at = last; at >= 0; at -= stride) t.push_back(at + offset);
    return t;
  }

  // Noise levels evenly spread in sigma^(1/7) from the schedule's largest to its smallest (arXiv 2206.00364, eq. 5).
  std::vector<double> karras_sigmas(std::int64_t steps) const {
    check_steps(steps);
    constexpr double kRho = 7;
    const double high = std::pow(sigmas_.back(), 1 / kRho), low = std::pow(sigmas_.front(), 1 / kRho);
    std::vector<double> sigmas;
    for (std::int64_t i = 0; i < steps; ++i)
      sigmas.push_back(std::pow(high + (low - high) * (steps == 1 ? 0.0 : i / (steps - 1.0)), kRho));
    return sigmas;
  }

  const NoiseScheduleConfig config;

 private:
  void check_steps(std::int64_t steps) const {
    if (steps < 1 || steps > num_timesteps())
      throw std::invalid_argument("steps = " + std::to_string(steps) + ", allowed 1.." +
                                  std::to_string(num_timesteps()));
  }

  std::vector<double> alphas_cumprod_, sigmas_;  // [num_timesteps]
};

}  // namespace miafr
