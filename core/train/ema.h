// Exponential moving average of weights, as CompVis' LitEma (ldm/modules/ema.py), which Stable Diffusion was trained
// with:
//
//   n <- n + 1      d = min(decay, (1 + n) / (10 + n))      average <- average - (1 - d) * (average - weight)
#pragma once

#include "core/train/named_tensors.h"

namespace miafr {

class Ema {
 public:
  // The averages begin as copies of the weights, in float32 and their layout, beside them on their devices. `decay` in
  // [0, 1]; 0.9999 in Stable Diffusion. Throws Error for another or for a name given twice.
  Ema(NamedTensors weights, double decay);

  // Call this after each optimizer step.
  void update();

  // The averages by the weights' names, for pictures and checkpoints; the tensors are not copied.
  TensorState averages() const;

  // "updates" (int64 []: n) and "average.NAME".
  TensorState state() const;

  // Throws Error naming what is missing, unknown or of another shape; then nothing has changed.
  void load_state(const TensorState& state);

 private:
  struct Entry {
    std::string name;
    at::Tensor weight, average;
  };

  std::vector<Entry> entries_;
  at::Tensor updates_;  // int64 [] on the CPU
  double decay_;
};

}  // namespace miafr
