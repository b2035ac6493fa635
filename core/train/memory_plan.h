// What a training run will take of memory, said before its first step.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/config/run_config.h"
#include "core/models/stable_diffusion.h"
#include "core/train/named_tensors.h"

namespace miafr {

struct MemoryPlan {
  std::vector<std::pair<std::string, double>> parts;  // bytes of each
  double total() const;
  std::string text() const;  // "memory: weights 3.7 GiB, gradients …; in all about 17 GiB"
};

// num_images: of both sets together, for the cache. decodes: a loss looks at decoded predictions.
MemoryPlan plan_memory(const StableDiffusion& model, const NamedTensors& trained, const RunConfig& config, bool has_reg,
                       std::int64_t num_images, bool decodes);

// Throws Error where the plan does not fit into what is free on the CPU, with what would make it fit. `taken`: bytes of
// the plan that this process has already.
void check_fits(const MemoryPlan& plan, double taken, const TrainConfig& config);

// What a checkpoint takes on disk: the model as it is saved, and the state to go on from.
double checkpoint_bytes(const StableDiffusion& model, const NamedTensors& trained, const TrainConfig& config);

}  // namespace miafr
