#include "core/train/hosted_losses.h"

#include <utility>

#include "core/config/plugin_params.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace {

class TrainingHost final : public PluginHost {
 public:
  TrainingHost(std::string plugin, RunSettings settings, PluginRegistry& registry, TrainingServices services)
      : PluginHost(std::move(plugin), std::move(settings), registry), services_(std::move(services)) {}

  at::Tensor decode_latents(const at::Tensor& latents) override {
    return services_.decode_latents ? services_.decode_latents(latents) : PluginHost::decode_latents(latents);
  }
  at::Tensor face_points(const at::Tensor& images) override {
    return services_.face_points ? services_.face_points(images) : PluginHost::face_points(images);
  }

 private:
  const TrainingServices services_;
};

std::string prefix_of(std::size_t index, const WeightedLoss& loss) {
  return std::to_string(index) + "." + loss.name + ".";
}

}  // namespace

HostedLosses::HostedLosses(const std::vector<LossConfig>& configs, PluginRegistry& registry, const RunSettings& run,
                           TrainingServices services) {
  for (const LossConfig& config : configs) {
    const auto library = registry.find(PluginKind<IdentityLoss>::kName, config.name);
    hosts_.push_back(std::make_unique<TrainingHost>(library->title(), run, registry, services));
    const Params params = resolve_params(library->params(), config.params, library->title());
    losses_.push_back({config.name, config.weight, library->descriptor().needs, library,
                       PluginLibrary::create<IdentityLoss>(library, params, *hosts_.back())});
  }
}

std::uint32_t HostedLosses::needs() const {
  std::uint32_t needs = 0;
  for (const WeightedLoss& loss : losses_) needs |= loss.needs;
  return needs;
}

std::map<std::string, double> HostedLosses::statistics() const {
  std::map<std::string, double> all;
  for (const WeightedLoss& loss : losses_)
    for (const auto& [figure, value] :
         call_plugin(*loss.library, "statistics", [&] { return loss.loss->statistics(); }))
      all[loss.name + "." + figure] = value;
  return all;
}

TensorState HostedLosses::state() const {
  TensorState all;
  for (std::size_t i = 0; i < losses_.size(); ++i)
    for (const auto& [key, tensor] :
         call_plugin(*losses_[i].library, "state", [&] { return losses_[i].loss->state(); }))
      all[prefix_of(i, losses_[i]) + key] = tensor;
  return all;
}

void HostedLosses::load_state(const TensorState& state) {
  for (std::size_t i = 0; i < losses_.size(); ++i) {
    const std::string prefix = prefix_of(i, losses_[i]);
    std::map<std::string, at::Tensor> own;
    for (const auto& [name, tensor] : state)
      if (name.rfind(prefix, 0) == 0) own[name.substr(prefix.size())] = tensor.to(hosts_[i]->device()).clone();
    call_plugin(*losses_[i].library, "load_state", [&] {
      losses_[i].loss->load_state(own);
      return 0;
    });
  }
}

}  // namespace miafr
