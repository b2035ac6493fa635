#include "core/train/bad_steps.h"

#include <string>

#include "core/base/errors.h"
#include "core/base/log.h"

namespace miafr {

void BadSteps::count(std::int64_t step, bool bad, const CheckpointFolder& checkpoints, const char* advice) {
  constexpr std::int64_t kMost = 5;
  in_a_row_ = bad ? in_a_row_ + 1 : 0;
  if (!bad) return;
  log_warning("step " + std::to_string(step) + ": the loss is not finite; the step is left out");
  if (in_a_row_ < kMost) return;
  const auto good = checkpoints.newest();
  throw Error(std::to_string(kMost) + " steps in a row without a finite loss; " +
              (good ? "the last good checkpoint is " + good->string() : "there is no checkpoint yet") + "; " + advice);
}

}  // namespace miafr
