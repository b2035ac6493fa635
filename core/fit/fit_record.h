// What a fitting run leaves behind in its folder: a row of metrics for every step, checkpoints and previews. A full
// disk costs what it has no room for, not the run.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/fit/fit.h"
#include "core/fit/fit_previews.h"
#include "core/fit/fit_progress.h"
#include "core/train/run_folder.h"

namespace miafr {

class FitRecord {
 public:
  // From where the run is now, begun or resumed. description: of run.json. All outlive this.
  FitRecord(const FitOptions& options, const ChosenPlugin<Editor>& editor, const FitPictures& pictures,
            const FitProgress& progress, const CheckpointFolder& checkpoints, std::unique_ptr<RunFolder> folder,
            const std::string& description);

  // The row of the step that was just done. norms: of the gradients, by group.
  void add(const FitReport& report, const std::map<std::string, double>& norms);

  // A checkpoint, and then previews, where the step that was just done is one for them. Throws Cancelled after a
  // signal, when there is a checkpoint, and Error where the run's last one cannot be written.
  void at_intervals();

  // A checkpoint of the run as it is now, unless there is one.
  void save_once();

 private:
  void paint();
  void save();
  void write_model(const std::filesystem::path& folder) const;

  const FitOptions& options_;
  const ChosenPlugin<Editor>& editor_;
  const FitProgress& progress_;
  const CheckpointFolder& checkpoints_;
  const std::unique_ptr<RunFolder> folder_;
  FitPreviews previews_;
  bool has_columns_ = false;  // the first step says what its losses are called
  std::int64_t saved_step_ = -1;
};

}  // namespace miafr
