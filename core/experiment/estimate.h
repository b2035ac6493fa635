// What trials will take: time from those that are finished, disk from the checkpoint's shapes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/trial.h"
#include "core/experiment/trial_record.h"

namespace miafr {

// Seconds of a training step and of a picture, by loss, as the experiment's own trials took on average.
class ThroughputEstimate {
 public:
  ThroughputEstimate(const Experiment& experiment, const std::filesystem::path& out);

  // The seconds that a trial which is as far as the record says still needs. Nothing is known before the first trial is
  // finished; a loss without a finished trial is taken to be as slow as the others.
  std::optional<double> seconds_left(const Experiment& experiment, const Trial& trial, const TrialRecord& record) const;

 private:
  struct Mean {
    double seconds = 0, count = 0;
  };
  static std::optional<double> of(const std::map<std::size_t, Mean>& means, std::size_t loss);

  std::map<std::size_t, Mean> step_, picture_;
};

// How many pictures each trial of a method makes.
std::int64_t pictures_in(const Experiment& experiment, const Method& method);

struct Disk {
  double at_most = 0;  // bytes, while the trial runs
  double kept = 0;     // and when it is done
};

// Elements of a checkpoint's tensors, as far as they decide what a training writes.
struct CheckpointSize {
  double all = 0, unet = 0, text = 0;         // elements
  double lora_attention = 0, lora_other = 0;  // sums of in + out of the layers that a LoRA may be beside
};
// Reads the index only. Throws Error where it is no checkpoint.
CheckpointSize size_of_checkpoint(const std::filesystem::path& checkpoint);

Disk disk_of(const Experiment& experiment, const Trial& trial, const CheckpointSize& size);

}  // namespace miafr
