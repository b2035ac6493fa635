// A loss with nothing wrong with it, for the plugins around it to be wrong in one way.
#pragma once

#include "core/plugin/loss.h"

namespace {

class MinimalLoss final : public miafr::IdentityLoss {
 public:
  MinimalLoss(const miafr::Params&, miafr::HostContext&) {}
  at::Tensor forward(const miafr::LossInputs& in) override { return in.noise_pred.pow(2).mean(); }
};

[[maybe_unused]] constexpr miafr::PluginDescriptor minimal_descriptor(const char* name) {
  return miafr::make_descriptor<miafr::IdentityLoss, MinimalLoss>(name, "1.0", "for tests", miafr::kNoParams);
}

}  // namespace

// A descriptor under a name of its own instead of this SDK's entry.
#define EXPORT_DESCRIPTOR_AS(symbol)                                                      \
  extern "C" __attribute__((visibility("default"))) const miafr::PluginDescriptor symbol; \
  constexpr miafr::PluginDescriptor symbol
