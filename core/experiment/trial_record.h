// trial.json: what a trial was made of, and how far it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/experiment/trial.h"

namespace miafr {

// What a result follows from, by name: "train.steps" -> "800", "checkpoint" -> its hash.
using Inputs = std::map<std::string, std::string>;

struct StageRecord {
  std::string name = {};  // "train", "generate", "edit"
  bool done = false;
  Inputs inputs;
  double seconds = 0;             // of all attempts
  std::uint64_t peak_memory = 0;  // bytes
};

struct TrialRecord {
  std::vector<StageRecord> stages;  // in their order; empty: nothing was begun
  std::int64_t steps = 0;           // of training
  std::string model;                // below the trial's folder; "" where it was not kept
  std::string model_sha256;
  std::uint64_t model_bytes = 0;
  std::int64_t images = 0;
  std::string images_sha256;  // of the folder samples/
  std::string failure;        // why the last attempt broke; "" where it did not
  std::string log;            // of that attempt

  // The stage of that name; where there is none, one that was not begun.
  StageRecord stage(const std::string& name) const;
  StageRecord& stage(const std::string& name);  // which is added

  bool done() const;
};

// What is not there or cannot be read is an empty record: the trial is begun anew.
TrialRecord read_record(const std::filesystem::path& file);

// Replaces the file at once. names: what else it says of the trial.
void write_record(const std::filesystem::path& file, const TrialRecord& record,
                  const std::map<std::string, std::string>& names);

// "train.steps was 800 and is 400", at most three of them; "" where all are the same. A setting that the record does
// not know, other than of a loss, counts as the same: the version that wrote it did not have it.
std::string differences(const Inputs& then, const Inputs& now);

// Computes hashes of files and folders once.
class InputHashes {
 public:
  std::string of(const std::filesystem::path& path);

 private:
  std::map<std::filesystem::path, std::string> hashes_;
};

Inputs training_inputs(const Experiment& experiment, const Trial& trial, InputHashes& hashes);
// What each picture that the trial's last stage makes follows from. Which pictures are wanted is another thing
// (pictures.h).
Inputs picture_inputs(const Experiment& experiment, const Trial& trial, InputHashes& hashes);

}  // namespace miafr
