// A sampler whose exceptions name it.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "core/plugin/sampler.h"
#include "core/runtime/plugin_library.h"

namespace miafr {

// Calls the plugin; what it throws becomes a PluginError. Error, which only the host's own callbacks throw, and
// Cancelled pass.
class GuardedSampler final : public Sampler {
 public:
  GuardedSampler(std::shared_ptr<const PluginLibrary> library, std::shared_ptr<Sampler> sampler)
      : library_(std::move(library)), sampler_(std::move(sampler)) {}

  std::vector<double> timesteps(const NoiseSchedule& schedule, std::int64_t steps) const override {
    return call_plugin(*library_, "timesteps", [&] { return sampler_->timesteps(schedule, steps); });
  }

  at::Tensor sample(const SamplerRequest& request) override {
    return call_plugin(*library_, "sample", [&] { return sampler_->sample(request); });
  }

 private:
  const std::shared_ptr<const PluginLibrary> library_;
  const std::shared_ptr<Sampler> sampler_;
};

}  // namespace miafr
