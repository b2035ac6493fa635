#include "core/train/learning_rate.h"

#include <algorithm>
#include <cmath>

#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

constexpr double kPi = 3.14159265358979323846;

}  // namespace

LearningRateSchedule learning_rate_schedule(const std::string& name) {
  if (name == "constant") return LearningRateSchedule::kConstant;
  if (name == "constant_with_warmup") return LearningRateSchedule::kConstantWithWarmup;
  if (name == "linear") return LearningRateSchedule::kLinear;
  if (name == "cosine") return LearningRateSchedule::kCosine;
  throw Error("learning rate schedule " + quoted(name) +
              " is unknown, allowed are constant, constant_with_warmup, linear, cosine");
}

double learning_rate_factor(LearningRateSchedule schedule, std::int64_t step, std::int64_t warmup_steps,
                            std::int64_t total_steps) {
  if (schedule == LearningRateSchedule::kConstant) return 1;
  if (step < warmup_steps) return static_cast<double>(step) / warmup_steps;
  if (schedule == LearningRateSchedule::kConstantWithWarmup) return 1;

  const auto falling_steps = std::max<std::int64_t>(1, total_steps - warmup_steps);
  const double left = std::clamp<double>(static_cast<double>(total_steps - step) / falling_steps, 0, 1);
  return schedule == LearningRateSchedule::kLinear ? left : 0.5 * (1 - std::cos(kPi * left));
}

}  // namespace miafr
