// How the trained tensors change: AdamW at the schedule's learning rate, with gradients that are shortened where they
// are too long, and a moving average that follows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/config/run_config.h"
#include "core/train/adamw.h"
#include "core/train/ema.h"
#include "core/train/named_tensors.h"

namespace miafr {

class Optimization {
 public:
  // `trained` is changed in place; both outlive this. Throws Error for settings out of range.
  Optimization(const NamedTensors& trained, const TrainConfig& config);

  // Step number `step`, from 0, with the tensors' gradients, whose norm is `norm`. Returns the learning rate.
  double update(std::int64_t step, double norm);

  // The averages where they are kept.
  NamedTensors weights_for_use() const;

  // "weight", "optimizer", and "ema" where there is one.
  TensorParts state() const;

  // Throws Error where they do not fit. origin: where they are from, for its text.
  void load_state(TensorParts parts, const std::string& origin);

 private:
  const NamedTensors& trained_;
  const TrainConfig& config_;
  AdamW optimizer_;
  std::optional<Ema> ema_;
};

}  // namespace miafr
