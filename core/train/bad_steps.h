// Steps that are left out because their loss is not finite; too many of them in a row end a run.
#pragma once

#include <cstdint>

#include "core/train/training_state.h"

namespace miafr {

class BadSteps {
 public:
  // After step number `step`. Throws Error after five bad ones in a row, which names the last good checkpoint. advice:
  // what may help.
  void count(std::int64_t step, bool bad, const CheckpointFolder& checkpoints, const char* advice);

 private:
  std::int64_t in_a_row_ = 0;
};

}  // namespace miafr
