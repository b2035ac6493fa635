#include "core/fit/fit_groups.h"

#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>
#include <set>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/config/plugin_choice.h"
#include "core/train/gradients.h"

namespace miafr {
namespace {

void check_parameter(const std::string& name, const at::Tensor& tensor) {
  if (tensor.defined() && tensor.is_leaf() && tensor.requires_grad() && tensor.scalar_type() == at::kFloat) return;
  throw Error("begin_fit: " + shown(name) + " is no float32 leaf with requires_grad, so it cannot be trained");
}

// The optimiser goes over both in the order of memory.
at::Tensor laid_out_as(const at::Tensor& parameter, const at::Tensor& gradient) {
  const at::Tensor detached = gradient.detach();
  return detached.strides() == parameter.strides() ? detached : at::empty_like(parameter.detach()).copy_(detached);
}

}  // namespace

FitGroups::FitGroups(std::vector<FitGroup> groups) {
  std::set<std::string> names;
  for (FitGroup& group : groups) {
    if (!is_plugin_name(group.name) || !names.insert(group.name).second)
      throw Error("begin_fit: a group of parameters is called " + miafr::quoted(group.name) +
                  "; it needs a name of its own in snake_case");
    for (const auto& [name, tensor] : group.parameters) check_parameter(group.name + "." + name, tensor);
    const AdamWSettings settings{group.beta1, group.beta2, group.epsilon, group.weight_decay, false};
    groups_.push_back({group.name, group.parameters, std::make_unique<AdamW>(group.parameters, settings)});
  }
  if (groups_.empty()) throw Error("begin_fit: the editor says of nothing that it is to be trained");
}

FitGroups::Group& FitGroups::named(const std::string& name) {
  for (Group& group : groups_)
    if (group.name == name) return group;
  throw Error("fit_step: there is no group of parameters " + miafr::quoted(name));
}

double FitGroups::update(const std::string& name, const at::Tensor& loss, double learning_rate, double max_norm) {
  Group& group = named(name);
  if (!loss.defined() || loss.numel() != 1 || !loss.requires_grad())
    throw Error("fit_step: the loss for " + name + " is no scalar that depends on what is trained");
  if (!std::isfinite(loss.item<double>())) return std::numeric_limits<double>::quiet_NaN();
  std::vector<at::Tensor> parameters;
  for (const auto& [parameter, tensor] : group.parameters) parameters.push_back(tensor);
  const auto gradients = torch::autograd::grad({loss}, parameters, {}, {}, false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (gradients[i].defined()) parameters[i].mutable_grad() = laid_out_as(parameters[i], gradients[i]);
  const double norm = norm_of_gradients(group.parameters);
  if (std::isfinite(norm)) {
    if (max_norm > 0 && norm > max_norm) scale_gradients(group.parameters, max_norm / norm);
    const at::NoGradGuard no_gradients;
    group.optimizer->step(learning_rate);
  }
  clear_gradients(group.parameters);
  return norm;
}

std::vector<std::string> FitGroups::names() const {
  std::vector<std::string> names;
  for (const Group& group : groups_) names.push_back(group.name);
  return names;
}

double FitGroups::bytes() const {
  double bytes = 0;
  for (const Group& group : groups_)
    for (const auto& [name, tensor] : group.parameters) bytes += static_cast<double>(tensor.nbytes());
  return bytes;
}

TensorState FitGroups::weights() const {
  TensorParts parts;
  for (const Group& group : groups_) parts[group.name] = {group.parameters.begin(), group.parameters.end()};
  return joined(parts);
}

TensorParts FitGroups::state() const {
  TensorParts optimizers;
  for (const Group& group : groups_) optimizers[group.name] = group.optimizer->state();
  return {{"weight", weights()}, {"optimizer", joined(optimizers)}};
}

void FitGroups::load_state(TensorParts parts, const std::string& origin) {
  const at::NoGradGuard no_gradients;
  restore(weights(), parts["weight"], origin + ": weights");
  TensorParts optimizers = parts_of(parts["optimizer"]);
  for (Group& group : groups_) group.optimizer->load_state(optimizers[group.name]);
}

}  // namespace miafr
