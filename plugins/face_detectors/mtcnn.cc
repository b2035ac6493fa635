// MTCNN (Zhang et al., arXiv 1604.02878) with the weights of facenet-pytorch, which come with the program. The default
// detector.
#include "core/face/mtcnn.h"

#include <torch/types.h>

#include <algorithm>

#include "core/plugin/face_detector.h"
#include "plugins/weights.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::real_param("min_face", 20, "smallest face to look for, in pixels; more is faster", 12, 10000),
    miafr::real_param("threshold_pnet", 0.6, "least probability of a proposal", 0, 1),
    miafr::real_param("threshold_rnet", 0.7, "least probability after the second network", 0, 1),
    miafr::real_param("threshold_onet", 0.7, "least probability of a face", 0, 1),
};

class MtcnnDetector final : public miafr::FaceDetector {
 public:
  MtcnnDetector(const miafr::Params& params, miafr::HostContext& host) : mtcnn_(load(params, host)) {}

  std::vector<std::vector<miafr::DetectedFace>> detect(const at::Tensor& pictures) override {
    std::vector<std::vector<miafr::DetectedFace>> all;
    for (const auto& found : mtcnn_.detect(pictures.permute({0, 3, 1, 2}))) {
      std::vector<miafr::DetectedFace> faces;
      for (const miafr::MtcnnFace& face : found) {
        const auto& [left, top, right, bottom] = face.box;
        faces.push_back({left, top, right, bottom, face.probability, {}});
        for (std::size_t i = 0; i < face.points.size(); ++i)
          faces.back().points[i] = {face.points[i][0], face.points[i][1]};
      }
      std::stable_sort(faces.begin(), faces.end(),
                       [](const auto& a, const auto& b) { return a.confidence > b.confidence; });
      all.push_back(std::move(faces));
    }
    return all;
  }

 private:
  static miafr::Mtcnn load(const miafr::Params& params, miafr::HostContext& host) {
    const auto weights = [&](const std::string& file) {
      return miafr_plugins::load_tensors(
          host, "mtcnn/" + file,
          "it comes with MIAFR, from PyPI facenet-pytorch 2.6.0, licence MIT; miafr setup installs it");
    };
    miafr::TensorParameters pnet = weights("pnet.pt"), rnet = weights("rnet.pt"), onet = weights("onet.pt");
    return {pnet,
            rnet,
            onet,
            {params.real("min_face"),
             {params.real("threshold_pnet"), params.real("threshold_rnet"), params.real("threshold_onet")}}};
  }

  const miafr::Mtcnn mtcnn_;
};

}  // namespace

MIAFR_FACE_DETECTOR_PLUGIN(MtcnnDetector, "mtcnn", "1.0",
                           "MTCNN with facenet-pytorch's weights; comes with the program", kParams, 0,
                           "MIT; weights MIT")
