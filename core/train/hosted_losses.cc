#include "core/train/hosted_losses.h"

#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace {

std::string prefix_of(std::size_t index, const WeightedLoss& loss) {
  return std::to_string(index) + "." + loss.name + ".";
}

}  // namespace

HostedLosses::HostedLosses(const std::vector<LossConfig>& configs, PluginRegistry& registry, const RunSettings& run) {
  for (const LossConfig& config : configs)
    losses_.push_back({config.name, config.weight, choose_plugin<IdentityLoss>(config.choice(), registry, run)});
}

std::uint32_t HostedLosses::needs() const {
  std::uint32_t needs = 0;
  for (const WeightedLoss& loss : losses_) needs |= loss.plugin.identity.flags;
  return needs;
}

std::map<std::string, double> HostedLosses::statistics() const {
  std::map<std::string, double> all;
  for (const WeightedLoss& loss : losses_)
    for (const auto& [figure, value] :
         loss.plugin.call("statistics", [](const IdentityLoss& plugin) { return plugin.statistics(); }))
      all[loss.name + "." + figure] = value;
  return all;
}

TensorState HostedLosses::state() const {
  TensorState all;
  for (std::size_t i = 0; i < losses_.size(); ++i)
    for (const auto& [key, tensor] :
         losses_[i].plugin.call("state", [](const IdentityLoss& plugin) { return plugin.state(); }))
      all[prefix_of(i, losses_[i]) + key] = tensor;
  return all;
}

void HostedLosses::load_state(const TensorState& state) {
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const std::string prefix = prefix_of(i, losses_[i]);
    std::map<std::string, at::Tensor> own;
    for (const auto& [name, tensor] : state)
      if (name.rfind(prefix, 0) == 0)
        own[name.substr(prefix.size())] = tensor.to(losses_[i].plugin.host->device()).clone();
    losses_[i].plugin.call("load_state", [&](IdentityLoss& plugin) { plugin.load_state(own); });
  }
}

}  // namespace miafr
