// my_plugin: takes a face for granted that fills the picture, as in aligned data sets. A place to put your network.
#include "core/plugin/face_detector.h"

#include <torch/types.h>

namespace {

class MyPlugin final : public miafr::FaceDetector {
 public:
  MyPlugin(const miafr::Params&, miafr::HostContext&) {}

  std::vector<std::vector<miafr::DetectedFace>> detect(const at::Tensor& pictures) override {
    const double height = pictures.size(1), width = pictures.size(2);
    miafr::DetectedFace face{0, 0, width - 1, height - 1, 1.0, miafr::kArcFacePoints112};
    for (auto& [x, y] : face.points) {
      x *= width / 112;
      y *= height / 112;
    }
    return {static_cast<std::size_t>(pictures.size(0)), {face}};
  }
};

}  // namespace

MIAFR_FACE_DETECTOR_PLUGIN(MyPlugin, "my_plugin", "0.1", "one face that fills the picture", miafr::kNoParams,
                           miafr::kEstimatesPoints, "MIT")
