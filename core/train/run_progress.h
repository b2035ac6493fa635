// How far a run has come: everything that its steps change. A checkpoint of it is all that the run needs to go on as if
// it had never stopped.
#pragma once

#include <cstdint>

#include "core/train/optimization.h"
#include "core/train/run_setup.h"
#include "core/train/training_state.h"

namespace miafr {

class RunProgress {
 public:
  // Stands at the beginning of the run. `setup` outlives this; its losses have a state, too.
  explicit RunProgress(RunSetup& setup);

  TrainingState state() const;

  // Goes on to where the run's newest checkpoint is. Throws Error where there is none, or it is of other settings.
  void resume();

  std::int64_t step = 0;     // how many are done
  std::int64_t skipped = 0;  // how many of them were left out
  Optimization optimization;

 private:
  RunSetup& setup_;
};

}  // namespace miafr
