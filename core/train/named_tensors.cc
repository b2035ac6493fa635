#include "core/train/named_tensors.h"

#include <torch/types.h>

#include <sstream>

#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

std::string described(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes() << " of " << tensor.scalar_type();
  return text.str();
}

}  // namespace

void restore(const TensorState& to, const TensorState& from, const std::string& what) {
  for (const auto& [name, tensor] : to) {
    const auto found = from.find(name);
    if (found == from.end()) throw Error(what + ": " + miafr::quoted(name) + " is missing");
    const at::Tensor& stored = found->second;
    if (stored.sizes() != tensor.sizes() || stored.scalar_type() != tensor.scalar_type())
      throw Error(what + ": " + miafr::quoted(name) + " is " + described(stored) + ", must be " + described(tensor) +
                  " as this run is configured");
  }
  for (const auto& [name, tensor] : from)
    if (to.count(name) == 0)
      throw Error(what + ": " + miafr::quoted(name) + " belongs to nothing that this run trains");

  const at::NoGradGuard no_grad;
  for (const auto& [name, tensor] : to) at::Tensor(tensor).copy_(from.at(name));
}

TensorState joined(const TensorParts& parts) {
  TensorState all;
  for (const auto& [part, state] : parts)
    for (const auto& [name, tensor] : state) all[part + "." + name] = tensor;
  return all;
}

TensorParts parts_of(const TensorState& state) {
  TensorParts parts;
  for (const auto& [name, tensor] : state) {
    const auto dot = name.find('.');
    parts[name.substr(0, dot)][name.substr(dot + 1)] = tensor;
  }
  return parts;
}

}  // namespace miafr
