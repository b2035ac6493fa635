// AdamW: Adam with decoupled weight decay (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2), as torch.optim.AdamW.
//
//   w   <- w - lr * weight_decay * w
//   m   <- beta1 * m + (1 - beta1) * g                       exp_avg
//   v   <- beta2 * v + (1 - beta2) * g^2                     exp_avg_sq
//   w   <- w - lr / (1 - beta1^t) * m / (sqrt(v / (1 - beta2^t)) + epsilon)
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/train/eight_bit_state.h"
#include "core/train/named_tensors.h"

namespace miafr {

struct AdamWSettings {
  double beta1 = 0.9, beta2 = 0.999;  // each in [0, 1)
  double epsilon = 1e-8;              // above 0
  double weight_decay = 0.01;         // 0 or more
  // exp_avg and exp_avg_sq in 8 bits (eight_bit_state.h) for parameters of 4096 elements and more: 2 bytes per element
  // instead of 8. Smaller ones stay float32, as in the paper.
  bool eight_bit = false;
};

// The same device, number of threads, gradients and state give the same weights, bit for bit.
class AdamW {
 public:
  // The parameters are changed in place. Each is a float32, float16 or bfloat16 tensor; the states and the arithmetic
  // are float32 always. Throws Error for another dtype, a name given twice, or settings out of range.
  AdamW(NamedTensors parameters, AdamWSettings settings);

  // One step with each parameter's .grad(), which is kept. A parameter without a gradient is left alone, and its t does
  // not advance.
  void step(double learning_rate);

  // "step.NAME" (int64, []), "exp_avg.NAME" and "exp_avg_sq.NAME" (float32, the parameter's shape); for those kept in 8
  // bits uint8 [elements] and, beside them, "exp_avg_absmax.NAME" and "exp_avg_sq_absmax.NAME" (float32 [blocks]).
  // Elements are in the order of the shape, whatever the memory format.
  TensorState state() const;

  // Throws Error naming what is missing, unknown or of another shape or dtype; then nothing has changed.
  void load_state(const TensorState& state);

 private:
  struct Parameter {
    std::string name;
    at::Tensor weight;
    at::Tensor steps;                // int64 [] on the CPU: t
    at::Tensor exp_avg, exp_avg_sq;  // float32, laid out as the weight; undefined where the two below are there
    std::optional<EightBitState> exp_avg_8, exp_avg_sq_8;
  };

  void step_fused(const std::vector<Parameter*>& parameters, double learning_rate);
  void step_plain(Parameter& parameter, double learning_rate);
  void step_eight_bit(Parameter& parameter, double learning_rate);
  void step_eight_bit_on_cpu(Parameter& parameter, double learning_rate);

  std::vector<Parameter> parameters_;
  AdamWSettings settings_;
};

}  // namespace miafr
