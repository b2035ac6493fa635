// A sampler plugin as a run uses it.
#pragma once

#include <memory>

#include "core/config/run_config.h"
#include "core/runtime/guarded_sampler.h"
#include "core/runtime/plugin_host.h"

namespace miafr {

// A sampler with the host that serves it.
class HostedSampler {
 public:
  HostedSampler(const SamplerConfig& config, PluginRegistry& registry, const RunSettings& run)
      : library_(registry.find(PluginKind<Sampler>::kName, config.name)),
        host_(library_->title(), run, registry),
        sampler_(library_, PluginLibrary::create<Sampler>(
                               library_, resolve_params(library_->params(), config.params, "sampler.params"), host_)) {}

  Sampler& operator*() { return sampler_; }

 private:
  const std::shared_ptr<const PluginLibrary> library_;
  PluginHost host_;
  GuardedSampler sampler_;
};

}  // namespace miafr
