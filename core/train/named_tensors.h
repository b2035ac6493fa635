// Tensors by name, and a state of them that is written to a checkpoint and read back.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace miafr {

// Tensors in an order that the caller gives; each name is there once.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// What a checkpoint holds beside the weights. The tensors are shallow: they change when training goes on.
using TensorState = std::map<std::string, at::Tensor>;

// Copies `from` into the tensors of `to`, value for value. The names, shapes and dtypes must be the same; else throws
// Error "WHAT: …", naming the first tensor that is missing, unknown or different, before anything is changed.
void restore(const TensorState& to, const TensorState& from, const std::string& what);

// States by what they are of, none of which has a dot in its name.
using TensorParts = std::map<std::string, TensorState>;

// The same as one state, "PART.NAME", and back.
TensorState joined(const TensorParts& parts);
TensorParts parts_of(const TensorState& state);

}  // namespace miafr
