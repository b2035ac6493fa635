// Where a network takes its parameters from. A network is built by asking for each parameter by the name that it has in
// a checkpoint and the shape that it must have; a checkpoint, a random initialisation, or either of them wrapped (other
// dtype or device, LoRA merged, gradients on) answers. So names and shapes are written down once, in the networks.
#pragma once

#include <torch/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace miafr {

// What is trained beside a weight W that is kept: y = W x + scale up (down x) (LoRA, arXiv 2106.09685).
struct LowRank {
  at::Tensor down, up;  // [rank, in], [out, rank]
  double scale = 1;     // alpha / rank
};

class Parameters {
 public:
  virtual ~Parameters() = default;

  // The parameter of that full name and shape. The network keeps the tensor as it is: dtype, device and requires_grad
  // are the source's choice. Throws miafr::Error where there is none, or one of another shape.
  virtual at::Tensor get(const std::string& name, at::IntArrayRef shape) = 0;

  // What is added to the weight [out, in] of that name; mostly nothing. Linear layers ask for it.
  virtual std::optional<LowRank> low_rank(const std::string& name, at::IntArrayRef shape) {
    (void)name, (void)shape;
    return std::nullopt;
  }
};

// The shape of a tensor of that full name, or nothing: enough to tell a network's sizes without reading its values.
using ShapeLookup = std::function<std::optional<std::vector<int64_t>>(const std::string& name)>;

// A place in the tree of names: scope["in_layers"][2].get("weight", …) asks for "<prefix>.in_layers.2.weight".
class Scope {
 public:
  Scope(Parameters& source, std::string prefix) : source_(source), prefix_(std::move(prefix)) {}

  Scope operator[](const std::string& name) const { return {source_, prefix_.empty() ? name : prefix_ + "." + name}; }
  Scope operator[](int64_t index) const { return (*this)[std::to_string(index)]; }

  at::Tensor get(const std::string& name, at::IntArrayRef shape) const { return source_.get(full(name), shape); }
  std::optional<LowRank> low_rank(const std::string& name, at::IntArrayRef shape) const {
    return source_.low_rank(full(name), shape);
  }

 private:
  std::string full(const std::string& name) const { return prefix_.empty() ? name : prefix_ + "." + name; }

  Parameters& source_;
  std::string prefix_;
};

}  // namespace miafr
