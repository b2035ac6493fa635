// The plugins that look at an editor's photos, and what the user says about them.
#pragma once

#include "core/editing/photo_inputs.h"

namespace miafr {

struct EditorSources {
  PluginChoice detector;
  FaceSettings faces;
  PhotoSources places;
};

// Only what the editor asks for is loaded. Throws PluginError and what a missing model file says.
EditorFaces choose_editor_faces(const ChosenPlugin<Editor>& editor, const EditorSources& sources,
                                PluginRegistry& registry, const RunSettings& run);

}  // namespace miafr
