// Learning rate over a training run, with the formulas of diffusers' and transformers' get_scheduler.
#pragma once

#include <cstdint>
#include <string>

namespace miafr {

enum class LearningRateSchedule {
  kConstant,            // 1; no warm-up
  kConstantWithWarmup,  // rises from 0, then 1
  kLinear,              // rises from 0 to 1, then falls to 0 at the last step
  kCosine,              // the same, falling along half a cosine
};

// The schedule of that name: "constant", "constant_with_warmup", "linear" or "cosine". Throws Error for another, with
// these names.
LearningRateSchedule learning_rate_schedule(const std::string& name);

// What the base learning rate is multiplied with in optimizer step `step` (0 is the first); in [0, 1]. `warmup_steps`
// come first (0 or more), `total_steps` counts them in. A step beyond the last has the last's factor: 0 where it fell.
double learning_rate_factor(LearningRateSchedule schedule, std::int64_t step, std::int64_t warmup_steps,
                            std::int64_t total_steps);

}  // namespace miafr
