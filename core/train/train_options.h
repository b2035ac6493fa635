// What a fine-tuning run is told, and what it tells after each step.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/config/run_config.h"
#include "core/data/training_sets.h"
#include "core/runtime/plugin_host.h"

namespace miafr {

struct TrainOptions {
  RunConfig config;
  std::filesystem::path checkpoint;  // the Stable Diffusion v1 to begin with
  DataFolders folders;
  std::filesystem::path run_folder;
  bool resume = false;               // from the run folder's newest checkpoint
  std::filesystem::path vocabulary;  // of the text encoder's tokenizer
  RunSettings run;                   // device, seed, batch size, model folders
  // Where given, nothing is written: everything up to step 1 is checked, and this many steps are done to measure their
  // time and memory.
  std::optional<std::int64_t> try_steps;
};

struct StepReport {
  std::int64_t step = 0;  // that was done, from 0
  std::int64_t steps = 0;
  double loss = 0;
  double seconds = 0;
  bool skipped = false;  // its loss was not finite
};

}  // namespace miafr
