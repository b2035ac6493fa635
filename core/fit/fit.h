// An editor fitted to labelled photos: a run folder as miafr train leaves one, with the steps of the plugin.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "core/editing/editor_faces.h"
#include "core/fit/fit_settings.h"

namespace miafr {

struct FitOptions {
  PluginChoice editor;
  std::filesystem::path data;    // the folder of the photos
  std::filesystem::path labels;  // their list; see read_fit_list
  std::filesystem::path run_folder;
  FitSettings settings;
  EditorSources sources;
  RunSettings run;  // device, batch size, model folders
  std::filesystem::path vocabulary;
  bool resume = false;   // from the run folder's newest checkpoint
  bool dry_run = false;  // everything up to step 1 is checked, and nothing written
};

struct FitReport {
  std::int64_t step = 0;  // that was done, from 0
  std::int64_t steps = 0;
  std::map<std::string, double> losses;  // by name
  double seconds = 0;
  bool skipped = false;  // a loss or a gradient was not finite
};

// Calls on_step after every step. Ctrl-C ends it after the step that is running, with a checkpoint, and Cancelled is
// thrown. Throws Error for inputs that it cannot work with, before step 1 where that can be told.
void fit(const FitOptions& options, PluginRegistry& registry, const FaceProgress& on_face,
         const std::function<void(const FitReport&)>& on_step);

}  // namespace miafr
