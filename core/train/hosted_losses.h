// The loss plugins of a run.
#pragma once

#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/train/named_tensors.h"
#include "core/train/training_loss.h"

namespace miafr {

class HostedLosses {
 public:
  // Throws PluginError and ConfigError as the registry does.
  HostedLosses(const std::vector<LossConfig>& configs, PluginRegistry& registry, const RunSettings& run);

  const std::vector<WeightedLoss>& all() const { return losses_; }
  std::uint32_t needs() const;

  // "NAME.FIGURE" of every loss.
  std::map<std::string, double> statistics() const;

  // "INDEX.NAME.KEY".
  TensorState state() const;
  void load_state(const TensorState& state);

 private:
  std::vector<WeightedLoss> losses_;
};

}  // namespace miafr
