#include "core/editing/hosted_editor.h"

#include <utility>

#include "core/base/interrupt.h"
#include "core/editing/image_to_image.h"
#include "core/editing/paste_back.h"

namespace miafr {
namespace {

class EditingHost final : public PluginHost {
 public:
  EditingHost(std::string plugin, RunSettings settings, PluginRegistry& registry, EditingServices services)
      : PluginHost(std::move(plugin), std::move(settings), registry), services_(std::move(services)) {}

  void image_to_image(const ImageToImage& wanted,
                      const std::function<void(std::size_t, at::Tensor)>& deliver) override {
    miafr::image_to_image(wanted, registry(), settings(), services_.vocabulary, deliver,
                          [this](std::int64_t done, std::int64_t total) { progress(done, total); });
  }

  void progress(std::int64_t done, std::int64_t total) override {
    if (services_.on_progress) services_.on_progress(done, total);
    throw_if_interrupted();
  }

  // Stable Diffusion's checkpoint is never read by load_tensors.
  std::string model_file(const std::string& file_name, const std::string& origin) override {
    const std::string path = PluginHost::model_file(file_name, origin);
    note_loaded(path);
    return path;
  }

 private:
  const EditingServices services_;
};

// What the contract's checks say once, asked of every picture: another plugin's pictures are not to be trusted.
void check(const EditedPicture& out, std::size_t due, std::size_t targets, const EditorInfo& info,
           const at::Tensor& photo) {
  const auto refuse = [](const std::string& reason) { throw std::runtime_error("its picture " + reason); };
  if (due >= targets) refuse("is one more than there are targets");
  if (out.target != due) refuse("is of target " + std::to_string(out.target) + ", due is " + std::to_string(due));
  if (!out.picture.defined() || out.picture.dim() != 3 || out.picture.size(0) != 3 || out.picture.numel() == 0)
    refuse("is not [3,h,w]");
  if (!out.picture.isfinite().all().item<bool>()) refuse("has values that are not finite");
  if (out.pasted_back && out.picture.sizes() != photo.sizes())
    refuse("is called pasted back and has not the photo's size");
  if (!out.pasted_back && info.height > 0 && (out.picture.size(1) != info.height || out.picture.size(2) != info.width))
    refuse("is not of the size that the editor declares");
}

}  // namespace

ChosenPlugin<Editor> choose_editor(const PluginChoice& choice, PluginRegistry& registry, const RunSettings& run,
                                   EditingServices services) {
  ChosenPlugin<Editor> chosen;
  chosen.library = registry.find(PluginKind<Editor>::kName, choice.name);
  chosen.host = std::make_shared<EditingHost>(chosen.library->title(), run, registry, std::move(services));
  const Params params = resolve_params(chosen.library->params(), choice.params, chosen.library->title());
  chosen.object = PluginLibrary::create<Editor>(chosen.library, params, *chosen.host);
  chosen.identity = identify(*chosen.library, params, chosen.host->loaded_files());
  return chosen;
}

void edit_photo(const ChosenPlugin<Editor>& editor, const EditPhoto& photo, const std::vector<EditTarget>& targets,
                const std::function<void(const EditedPicture&)>& deliver) {
  const at::NoGradGuard no_gradients;
  std::size_t due = 0;
  editor.call("edit", [&](Editor& object) {
    object.edit(photo, targets, [&](EditedPicture out) {
      check(out, due, targets.size(), object.info(), photo.photo);
      if (photo.paste_back && !out.pasted_back && out.matrix.defined()) {
        out.picture = paste_back(photo.photo, out.picture, out.matrix);
        out.pasted_back = true;
      }
      ++due;
      deliver(out);
    });
    if (due != targets.size())
      throw std::runtime_error("it made " + std::to_string(due) + " pictures for " + std::to_string(targets.size()) +
                               " targets");
    return 0;
  });
}

}  // namespace miafr
