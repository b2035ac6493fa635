// The loss plugins of a run, with the host that serves them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/runtime/plugin_host.h"
#include "core/train/named_tensors.h"
#include "core/train/training_loss.h"

namespace miafr {

// What only a training run can do for a loss.
struct TrainingServices {
  std::function<at::Tensor(const at::Tensor&)> decode_latents;  // scaled latents; may be empty
  std::function<at::Tensor(const at::Tensor&)> face_points;     // may be empty
};

class HostedLosses {
 public:
  // Throws PluginError and ConfigError as the registry does.
  HostedLosses(const std::vector<LossConfig>& configs, PluginRegistry& registry, const RunSettings& run,
               TrainingServices services);

  const std::vector<WeightedLoss>& all() const { return losses_; }
  std::uint32_t needs() const;

  // "NAME.FIGURE" of every loss.
  std::map<std::string, double> statistics() const;

  // "INDEX.NAME.KEY".
  TensorState state() const;
  void load_state(const TensorState& state);

 private:
  std::vector<std::unique_ptr<PluginHost>> hosts_;  // outlive the losses
  std::vector<WeightedLoss> losses_;
};

}  // namespace miafr
