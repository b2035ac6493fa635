// Linear multistep of order 4 (k-diffusion): the slope dz/dsigma is the polynomial through the last four slopes,
// integrated exactly from this sigma to the next.
#include <deque>

#include "plugins/samplers/sigma_space.h"

namespace {

class Lms final : public miafr::Sampler {
 public:
  Lms(const miafr::Params&, miafr::HostContext&) {}

  std::vector<double> timesteps(const miafr::NoiseSchedule& schedule, std::int64_t steps) const override {
    return schedule.linspace_timesteps(steps);
  }

  at::Tensor sample(const miafr::SamplerRequest& request) override {
    const miafr_samplers::SigmaSpace space(request);
    std::deque<at::Tensor> slopes;  // newest first
    at::Tensor z = space.start();   // [N, C, h, w]
    for (std::int64_t i = request.start; i < request.steps; ++i) {
      const at::Tensor eps = space.noise(z, i);  // dz/dsigma
      const at::Tensor x0 = z - space.sigma(i) * eps;
      slopes.push_front(eps);
      if (slopes.size() > kOrder) slopes.pop_back();
      for (std::size_t j = 0; j < slopes.size(); ++j) z = z + weight(space, i, j, slopes.size()) * slopes[j];
      space.report(i, z, x0);
    }
    return z;
  }

 private:
  static constexpr std::size_t kOrder = 4;

  // The integral over the step of the Lagrange polynomial that is 1 at sigma(i - j) and 0 at the other nodes. It is at
  // most cubic, so two points of Gauss and Legendre are exact.
  static double weight(const miafr_samplers::SigmaSpace& space, std::int64_t i, std::size_t j, std::size_t nodes) {
    const double middle = (space.sigma(i) + space.sigma(i + 1)) / 2, half = (space.sigma(i + 1) - space.sigma(i)) / 2;
    double sum = 0;
    for (const double point : {middle - half / std::sqrt(3.0), middle + half / std::sqrt(3.0)}) {
      double product = 1;
      for (std::size_t k = 0; k < nodes; ++k)
        if (k != j) product *= (point - space.sigma(i - k)) / (space.sigma(i - j) - space.sigma(i - k));
      sum += product;
    }
    return half * sum;
  }
};

}  // namespace

MIAFR_SAMPLER_PLUGIN(Lms, "lms", "1.0", "linear multistep of order 4", miafr::kNoParams, 0, "MIT")
