// A sampler that draws its own noise, writes into the starting noise, reports nothing and swallows the user's stop.
#include <torch/types.h>

#include "core/plugin/sampler.h"

namespace {
class Careless final : public miafr::Sampler {
 public:
  Careless(const miafr::Params&, miafr::HostContext&) {}
  std::vector<double> timesteps(const miafr::NoiseSchedule&, std::int64_t) const override { return {10, 20}; }
  at::Tensor sample(const miafr::SamplerRequest& request) override {
    at::Tensor x = request.x;
    for (std::int64_t i = 0; i < request.steps; ++i) {
      try {
        x.sub_(0.1 * request.predict_noise(x, 500));
      } catch (const std::exception&) {
      }
      x.add_(0.01 * at::randn_like(x));
    }
    return x;
  }
};
}  // namespace
MIAFR_SAMPLER_PLUGIN(Careless, "careless_sampler", "1.0", "for tests", miafr::kNoParams, 0)
