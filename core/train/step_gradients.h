// The gradients of a step: of its loss over all its batches, and their mean over the ranks.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/train/gradient_reducer.h"
#include "core/train/run_setup.h"

namespace miafr {

class StepGradients {
 public:
  // From now on the ranks sum where the run's device does it best (Ranks::use_device). `setup` outlives this.
  explicit StepGradients(RunSetup& setup);

  // Leaves the gradients in the trained tensors. Returns what was measured, by metrics.csv's columns: "loss" (the mean
  // over the ranks) and "grad_norm", and what the loss is made of. The step is of no use where one of those two is not
  // finite.
  std::map<std::string, double> compute(std::int64_t step);

 private:
  double backward_of(std::int64_t step, std::int64_t part);
  void measure_terms(const std::vector<LossTerm>& terms);
  double mean_over_ranks(double value);

  RunSetup& setup_;
  std::optional<GradientReducer> reducer_;  // where there are several ranks
  std::map<std::string, double> metrics_;   // of the step that is running
};

}  // namespace miafr
