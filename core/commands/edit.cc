// miafr edit: photos changed by an editor plugin.
#include <unistd.h>

#include <iostream>
#include <memory>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/progress.h"
#include "core/commands/edit_options.h"
#include "core/commands/face_options.h"
#include "core/commands/option_values.h"
#include "core/cuda/load_kernels.h"
#include "core/editing/edit_photos.h"
#include "core/runtime/device.h"

namespace miafr {
namespace {

// The bar of the run: pictures, and how far the one at hand has come.
class EditProgress {
 public:
  void picture(std::int64_t done, std::int64_t total) {
    if (!bar_ && total > 0)
      bar_ = std::make_unique<Progress>("edit", "picture", total, std::cerr, ::isatty(STDERR_FILENO) != 0);
    done_ = done;
    if (bar_) bar_->update(done);
  }
  void within(std::int64_t done, std::int64_t total) {
    if (bar_) bar_->update(done_, "step " + std::to_string(done) + " of " + std::to_string(total));
  }
  void end() { bar_.reset(); }

 private:
  std::unique_ptr<Progress> bar_;
  std::int64_t done_ = 0;
};

void tell(const EditCounts& counts) {
  std::string text = std::to_string(counts.pictures) + (counts.pictures == 1 ? " picture" : " pictures") + " saved";
  if (counts.done_before > 0) text += ", " + std::to_string(counts.done_before) + " were there";
  if (counts.failed_photos > 0)
    text += "; " + std::to_string(counts.failed_photos) + " of " + std::to_string(counts.photos) +
            " photos were not edited, see not_edited.csv";
  log_info(text);
}

}  // namespace

int run_edit(const GlobalOptions& globals, const Arguments& arguments) {
  const std::optional<EditOptions> wanted = read_edit_options(arguments);
  if (!wanted) return 0;
  const at::Device device = choose_device(wanted->device);
  use_fused_kernels(device);
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  const RunSettings run{device, 0, default_model_folders(globals.models_dirs)};
  EditProgress progress;
  const EditingServices services{shared_file("bpe_simple_vocab_16e6.txt.gz"),
                                 [&](std::int64_t done, std::int64_t total) { progress.within(done, total); }};
  const ChosenPlugin<Editor> editor = choose_editor(wanted->editor, registry, run, services);
  EditRun edits;
  edits.targets = resolve_targets(editor.object->info(), wanted->targets, editor.library->title());
  const EditorFaces faces = choose_editor_faces(editor, wanted->sources, registry, run);
  const PhotoInputs inputs(photos_to_edit(wanted->input, wanted->limit), editor, wanted->sources.places, faces,
                           wanted->sources.faces, face_progress("edit"));
  edits.outdir = wanted->outdir;
  edits.seed = wanted->seed;
  edits.aligned = wanted->sources.places.aligned;
  edits.paste_back = wanted->paste_back;
  edits.overwrite = wanted->overwrite;
  edits.detector_key = faces.detector ? faces.detector.identity.key : "";
  const EditCounts counts =
      edit_photos(edits, editor, inputs, [&](std::int64_t done, std::int64_t total) { progress.picture(done, total); });
  progress.end();
  tell(counts);
  return 0;
}

}  // namespace miafr
