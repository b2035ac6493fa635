// The options of edit and fit for what an editor may ask for beside photos.
#pragma once

#include "core/commands/options.h"
#include "core/editing/editor_faces.h"

namespace miafr {

void describe_editor_sources(Options& options);

// Throws UsageError.
EditorSources read_editor_sources(const Options& options);

}  // namespace miafr
