// A fine-tuning run, from a checkpoint and photos to a run folder.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/config/run_config.h"
#include "core/data/training_sets.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {

struct TrainOptions {
  RunConfig config;
  std::filesystem::path checkpoint;  // the Stable Diffusion v1 to begin with
  DataFolders folders;
  std::filesystem::path run_folder;
  bool resume = false;               // from the run folder's newest checkpoint
  std::filesystem::path vocabulary;  // of the text encoder's tokenizer
  RunSettings run;                   // device, batch size, model folders
  // Nothing is written: everything up to step 1 is checked, and so many steps are done for their time and memory.
  std::optional<std::int64_t> try_steps;
};

struct StepReport {
  std::int64_t step = 0;  // that was done, from 0
  std::int64_t steps = 0;
  double loss = 0;
  double seconds = 0;
  bool skipped = false;  // its loss was not finite
};

// Calls on_step after every step. Ctrl-C ends it after the step that is running, with a checkpoint, and Cancelled is
// thrown. Throws Error for inputs that it cannot work with, before step 1 where that can be told.
void train(const TrainOptions& options, PluginRegistry& registry,
           const std::function<void(const StepReport&)>& on_step);

}  // namespace miafr
