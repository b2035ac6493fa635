// An editor that asks for everything: the inverted colours of a crop of 32 x 32 around the nose, mixed by the mask.
#include <torch/types.h>

#include "core/plugin/editor.h"

namespace {

class NoseCrop final : public miafr::Editor {
 public:
  NoseCrop(const miafr::Params&, miafr::HostContext&) {
    info_.attributes = {{"negative", true, 0, 2}, {"no_beard", false}};
    info_.height = info_.width = kSize;
    info_.reference_matcher = "dlib_resnet";
  }

  const miafr::EditorInfo& info() const override { return info_; }

  void edit(const miafr::EditPhoto& in, const std::vector<miafr::EditTarget>& targets,
            const std::function<void(miafr::EditedPicture)>& deliver) override {
    const std::int64_t left = in.aligned ? 0 : corner(in.face_points[2][0], in.photo.size(2));
    const std::int64_t top = in.aligned ? 0 : corner(in.face_points[2][1], in.photo.size(1));
    const at::Tensor crop = in.photo.slice(1, top, top + kSize).slice(2, left, left + kSize);
    for (std::size_t i = 0; i < targets.size(); ++i) {
      miafr::EditedPicture out;
      out.target = i;
      out.picture = targets[i].on ? 1 - crop : crop.clone();
      out.alignment = "32x32 around the nose";
      out.matrix = at::tensor({1., 0., -static_cast<double>(left), 0., 1., -static_cast<double>(top)}).view({2, 3});
      out.notes["was_negative"] = std::to_string(in.attributes.at("negative"));
      out.notes["references"] = std::to_string(in.references.size());
      out.notes["mask"] = std::to_string(in.mask.mean().item<double>());
      deliver(out);
    }
  }

 private:
  static constexpr std::int64_t kSize = 32;
  static std::int64_t corner(const at::Tensor& nose, std::int64_t length) {
    return std::min<std::int64_t>(std::max<std::int64_t>(nose.item<double>() - kSize / 2, 0), length - kSize);
  }

  miafr::EditorInfo info_;
};

}  // namespace

MIAFR_EDITOR_PLUGIN(NoseCrop, "nose_crop", "1.0", "inverts a crop, for tests", miafr::kNoParams,
                    miafr::kEditNeedsFacePoints | miafr::kEditNeedsAttributes | miafr::kEditNeedsMask |
                        miafr::kEditNeedsReferences,
                    "MIT")
