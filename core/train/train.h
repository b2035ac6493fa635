// A fine-tuning run, from a checkpoint and photos to a run folder.
#pragma once

#include <functional>

#include "core/runtime/plugin_registry.h"
#include "core/train/train_options.h"

namespace miafr {

// Calls on_step after every step. Ctrl-C ends it after the step that is running, with a checkpoint, and Cancelled is
// thrown. Throws Error for inputs that it cannot work with, before step 1 where that can be told.
void train(const TrainOptions& options, PluginRegistry& registry,
           const std::function<void(const StepReport&)>& on_step);

}  // namespace miafr
