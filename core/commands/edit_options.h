// What miafr edit is told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/commands/options.h"
#include "core/editing/edit_targets.h"
#include "core/editing/editor_faces.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

struct EditOptions {
  PluginChoice editor;
  WantedTargets targets;
  std::vector<std::string> input;
  std::int64_t limit = 0;  // photos of each person; 0: all
  std::filesystem::path outdir;
  std::uint64_t seed = 0;
  EditorSources sources;
  bool paste_back = false, overwrite = false;
  std::string device;
};

// Nothing when --help was given and printed. Throws UsageError, Error.
std::optional<EditOptions> read_edit_options(const Arguments& arguments);

}  // namespace miafr
