// Weights that follow from a parameter's full name by a fixed rule, so that goldens of whole networks need no stored
// weights and any implementation, in any language, can rebuild them:
//
//   seed = FNV-1a 64 of the name;  z_i = mix(seed + (i + 1) 0x9E3779B97F4A7C15), the splitmix64 stream, row-major
//   u_i = (z_i >> 40) 2^-24
//   2 or more dimensions: (u - 0.5) 2 sqrt(3 / fan_in), fan_in = numel / shape[0]
//   1-D: "…weight" 1 + 0.2 (u - 0.5), "…running_var" 1 + 0.5 u, all others 0.2 (u - 0.5);  rounded to float32
#pragma once

#include <torch/types.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <string>

#include "core/nn/parameters.h"

namespace miafr_tests {

// u_0, u_1, … of that name, float64 in [0, 1).
inline at::Tensor rule_uniform(const std::string& name, at::IntArrayRef shape) {
  std::uint64_t seed = 0xcbf29ce484222325u;
  for (const unsigned char byte : name) seed = (seed ^ byte) * 0x100000001b3u;
  const at::Tensor tensor = at::empty(shape, at::kDouble);
  double* out = tensor.data_ptr<double>();
  for (int64_t i = 0; i < tensor.numel(); ++i) {
    std::uint64_t z = seed + (i + 1) * 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    out[i] = (z >> 40) * 0x1p-24;
  }
  return tensor;
}

inline at::Tensor rule_tensor(const std::string& name, at::IntArrayRef shape) {
  const auto ends_with = [&](const std::string& end) {
    return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
  };
  double scale = 0.2, shift = -0.5, base = 0;
  if (shape.size() >= 2) scale = 2 * std::sqrt(3.0 / (c10::multiply_integers(shape) / shape[0]));
  if (shape.size() < 2 && ends_with("running_var")) base = 1, scale = 0.5, shift = 0;
  if (shape.size() < 2 && ends_with("weight")) base = 1;
  return ((rule_uniform(name, shape) + shift) * scale + base).to(at::kFloat);
}

// Answers every request by the rule and remembers what was asked for.
class RuleParameters final : public miafr::Parameters {
 public:
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
    shapes[name] = shape.vec();
    return rule_tensor(name, shape);
  }

  std::map<std::string, std::vector<int64_t>> shapes;
};

}  // namespace miafr_tests
