// cell.json: what a cell was made of, and how far it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/experiment/cell.h"

namespace miafr {

// What a result follows from, by name: "train.steps" -> "800", "checkpoint" -> its hash.
using Inputs = std::map<std::string, std::string>;

struct StageRecord {
  bool done = false;
  Inputs inputs;
  double seconds = 0;             // of all attempts
  std::uint64_t peak_memory = 0;  // bytes
};

struct CellRecord {
  StageRecord train, generate;
  std::int64_t steps = 0;  // of training
  std::string model;       // below the cell's folder; "" where it was not kept
  std::string model_sha256;
  std::uint64_t model_bytes = 0;
  std::int64_t images = 0;
  std::string images_sha256;  // of the folder samples/
  std::string failure;        // why the last attempt broke; "" where it did not
  std::string log;            // of that attempt

  bool done() const { return train.done && generate.done; }
};

// What is not there or cannot be read is an empty record: the cell is begun anew.
CellRecord read_record(const std::filesystem::path& file);

// Replaces the file at once. names: what else it says of the cell.
void write_record(const std::filesystem::path& file, const CellRecord& record,
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

Inputs training_inputs(const Experiment& experiment, const Cell& cell, InputHashes& hashes);
// Of each picture; which pictures are wanted is another thing (pictures.h).
Inputs painting_inputs(const Experiment& experiment, const Cell& cell);

}  // namespace miafr
