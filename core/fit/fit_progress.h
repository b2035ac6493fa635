// How far a fitting run has come: everything that its steps change. A checkpoint of it is all that the run needs to go
// on as if it had never stopped.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/editing/hosted_editor.h"
#include "core/fit/fit_groups.h"
#include "core/train/training_state.h"

namespace miafr {

class FitProgress {
 public:
  // settings: those that must be the same for a run to go on. editor outlives this.
  FitProgress(const ChosenPlugin<Editor>& editor, std::vector<FitGroup> trained,
              std::map<std::string, std::string> settings)
      : groups(std::move(trained)), editor_(editor), settings_(std::move(settings)) {}

  TrainingState state() const;

  // To where the newest checkpoint is. Throws Error where there is none, or it is of other settings.
  void resume(const CheckpointFolder& checkpoints, const std::string& run_folder);

  std::int64_t step = 0;     // how many are done
  std::int64_t skipped = 0;  // how many of them were left out
  FitGroups groups;

 private:
  const ChosenPlugin<Editor>& editor_;
  const std::map<std::string, std::string> settings_;
};

}  // namespace miafr
