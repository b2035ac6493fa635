// my_plugin: the contrast of the face. Replace it with your own measure.
#include "core/plugin/quality.h"

#include <torch/types.h>

namespace {

class MyPlugin final : public miafr::Quality {
 public:
  MyPlugin(const miafr::Params&, miafr::HostContext&) { input_.template_points = miafr::kArcFacePoints112; }

  const miafr::FaceInput& input() const override { return input_; }
  const std::vector<miafr::QualityInfo>& measures() const override { return measures_; }

  miafr::QualityValues assess(const miafr::QualityInput& in) override {
    const at::Tensor contrast = in.faces.flatten(1).std(1).unsqueeze(1);  // [N, 1]
    return {contrast, (100 * contrast).clamp(0, 100)};
  }

 private:
  miafr::FaceInput input_;
  const std::vector<miafr::QualityInfo> measures_{{"contrast", "", "standard deviation of the pixels, range -1 to 1"}};
};

}  // namespace

MIAFR_QUALITY_PLUGIN(MyPlugin, "my_plugin", "0.1", "contrast of the face", miafr::kNoParams, 0, "MIT")
