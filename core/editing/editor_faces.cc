#include "core/editing/editor_faces.h"

namespace miafr {

EditorFaces choose_editor_faces(const ChosenPlugin<Editor>& editor, const EditorSources& sources,
                                PluginRegistry& registry, const RunSettings& run) {
  const std::uint32_t needs = editor.identity.flags;
  EditorFaces faces;
  if ((needs & (kEditNeedsFacePoints | kEditNeedsReferenceEmbeddings)) && !sources.places.aligned)
    faces.detector = choose_plugin<FaceDetector>(sources.detector, registry, run);
  if (needs & kEditNeedsReferenceEmbeddings)
    faces.matcher = choose_plugin<FaceMatcher>(
        parse_plugin_choice(editor.object->info().reference_matcher, "reference_matcher", editor.library->title()),
        registry, run);
  return faces;
}

}  // namespace miafr
