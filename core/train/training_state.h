// The checkpoints of a run: checkpoints/step-00000500/ with the model and everything that resuming needs.
//
// A checkpoint is written into a folder of another name, which gets its own when all of it is on disk. So whatever
// interrupts the writing, what has a checkpoint's name is whole.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/train/named_tensors.h"

namespace miafr {

struct TrainingState {
  std::int64_t step = 0;                        // optimiser steps done
  TensorState tensors;                          // "weight.…", "optimizer.…", "ema.…", "loss.0.contrastive.…"
  std::map<std::string, std::string> settings;  // what must be the same for a run to go on, by name
};

class CheckpointFolder {
 public:
  explicit CheckpointFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // write_model puts the model's file into the folder that it is given. Then `last<extension>` beside the checkpoints
  // leads to the model, and none of another format does. Throws Error; the checkpoints that are there stay as they are.
  std::filesystem::path save(const TrainingState& state,
                             const std::function<void(const std::filesystem::path& folder)>& write_model) const;

  // The same, and all but the newest `keep` are removed. A full disk costs the checkpoint, not the run: what goes wrong
  // is logged and false returned, unless the run is at its end or interrupted. keep: 0 for all.
  bool save_or_go_on(const TrainingState& state,
                     const std::function<void(const std::filesystem::path& folder)>& write_model, std::int64_t keep,
                     bool at_end) const;

  // The newest whole checkpoint.
  std::optional<std::filesystem::path> newest() const;

  // A copy (by hard links where the file system has them) of a step's model as best<extension>, and how good it is in
  // best.json. Throws Error.
  void set_best(std::int64_t step, double identity) const;

  // How good the best so far is; nothing where there is none.
  std::optional<double> best_identity() const;

  // Removes what a killed run has left unfinished.
  void remove_unfinished() const;

  // The same, and all but the newest `keep`.
  void prune(std::int64_t keep) const;

 private:
  std::filesystem::path of_step(std::int64_t step) const;
  std::vector<std::filesystem::path> all() const;  // by step
  const std::filesystem::path folder_;
};

// Throws Error where it is no state of a run or of another version.
TrainingState read_state(const std::filesystem::path& checkpoint);

// Its settings alone, which takes no time.
std::map<std::string, std::string> read_state_settings(const std::filesystem::path& checkpoint);

}  // namespace miafr
