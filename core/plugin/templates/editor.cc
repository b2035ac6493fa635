// my_plugin: mixes the photo with its grey version. Replace it with your own.
#include "core/plugin/editor.h"

#include <torch/types.h>

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::real_param("grey", 0.5, "share of grey in the hair of the old", 0, 1),
};

class MyPlugin final : public miafr::Editor {
 public:
  MyPlugin(const miafr::Params& params, miafr::HostContext&) : grey_(params.real("grey")) {
    info_.ages = {{"young", 0, 60}, {"old", 60, 120}};
  }

  const miafr::EditorInfo& info() const override { return info_; }

  void edit(const miafr::EditPhoto& in, const std::vector<miafr::EditTarget>& targets,
            const std::function<void(miafr::EditedPicture)>& deliver) override {
    for (std::size_t i = 0; i < targets.size(); ++i) {
      const double share = targets[i].name == "old" ? grey_ : 0;
      miafr::EditedPicture out;
      out.target = i;
      out.picture = (1 - share) * in.photo + share * in.photo.mean(0, true);  // [3, H, W]
      deliver(out);
    }
  }

 private:
  const double grey_;
  miafr::EditorInfo info_;
};

}  // namespace

MIAFR_EDITOR_PLUGIN(MyPlugin, "my_plugin", "0.1", "greys a photo", kParams, 0, "MIT")
