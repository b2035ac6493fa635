// What a run leaves behind in its folder: a row of metrics for every step, checkpoints, previews, and which checkpoint
// is the best. A full disk costs what it has no room for, not the run.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/train/previews.h"
#include "core/train/run_folder.h"
#include "core/train/run_progress.h"
#include "core/train/run_setup.h"
#include "core/train/train_options.h"

namespace miafr {

class RunRecord {
 public:
  // Begins where the run is now, be it begun or resumed. description: of run.json. setup and progress outlive this.
  // Throws Error where the folder cannot be written to.
  RunRecord(const RunSetup& setup, const RunProgress& progress, std::unique_ptr<RunFolder> folder,
            const std::string& description);

  // The row of the step that was just done. metrics: by columns, what was measured in it.
  void add(const StepReport& report, std::map<std::string, double> metrics);

  // A checkpoint, and then previews, where the step that was just done is one for them. Throws Cancelled after a
  // signal, when there is a checkpoint, and Error where the run's last one cannot be written.
  void at_intervals();

  // A checkpoint of the run as it is now, unless there is one. Throws Error as above.
  void save_once();

 private:
  void prepare_previews();
  std::vector<at::Tensor> subject_photos() const;
  std::vector<std::string> columns() const;
  void paint();
  void judge(double identity);
  void save();

  const RunSetup& setup_;
  const RunConfig& config_;
  const RunProgress& progress_;
  const std::unique_ptr<RunFolder> folder_;
  std::optional<Previews> previews_;
  std::optional<IdentityJudge> judge_;
  std::optional<double> best_identity_;
  std::int64_t saved_step_ = -1;
};

}  // namespace miafr
