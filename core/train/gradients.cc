#include "core/train/gradients.h"

#include <torch/types.h>

#include <vector>

namespace miafr {
namespace {

std::vector<at::Tensor> gradients_of(const NamedTensors& parameters) {
  std::vector<at::Tensor> gradients;
  for (const auto& [name, parameter] : parameters)
    if (parameter.grad().defined()) gradients.push_back(parameter.grad());
  return gradients;
}

}  // namespace

void clear_gradients(const NamedTensors& parameters) {
  for (const auto& [name, parameter] : parameters) parameter.mutable_grad().reset();
}

double norm_of_gradients(const NamedTensors& parameters) {
  const std::vector<at::Tensor> gradients = gradients_of(parameters);
  if (gradients.empty()) return 0;
  return at::stack(at::_foreach_norm(gradients)).to(at::kDouble).norm().item<double>();
}

void scale_gradients(const NamedTensors& parameters, double factor) {
  for (at::Tensor gradient : gradients_of(parameters)) gradient.mul_(factor);
}

}  // namespace miafr
