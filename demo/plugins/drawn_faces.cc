// Finds the face of the demo's drawn pictures; trained from scratch in that world (demo/pretrain). A picture has one
// face that takes up a good part of it, or none: what is blurred, shuffled, melted, without eyes or mouth, or two faces
// in one is no face. Pictures of any size are seen at 64x64 pixels.
#include <torch/types.h>

#include <algorithm>

#include "core/plugin/face_detector.h"
#include "demo/networks/drawn_faces_net.h"
#include "plugins/weights.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "drawn_faces.safetensors", "absolute path, or name of a file in a model folder"),
    miafr::real_param("min_confidence", 0.5, "least probability of a face", 0, 1),
};

constexpr int64_t kLeastSide = 24;  // pixels; less cannot show whether eyes and mouth are where they should be

class DrawnFaces final : public miafr::FaceDetector {
 public:
  DrawnFaces(const miafr::Params& params, miafr::HostContext& host)
      : min_confidence_(params.real("min_confidence")),
        net_(miafr_plugins::load_network(
            host, params.text("weights"),
            "it comes with MIAFR in demo/weights/; demo/README.md tells how it is trained",
            [](miafr::TensorParameters& weights) { return miafr::DrawnFacesNet(miafr::Scope(weights, "")); })) {}

  std::vector<std::vector<miafr::DetectedFace>> detect(const at::Tensor& pictures) override {
    const at::NoGradGuard no_grad;
    const int64_t count = pictures.size(0), height = pictures.size(1), width = pictures.size(2);
    std::vector<std::vector<miafr::DetectedFace>> found(static_cast<std::size_t>(count));
    if (count == 0 || std::max(height, width) < kLeastSide) return found;
    const at::Tensor input = miafr::DrawnFacesNet::to_input(pictures.permute({0, 3, 1, 2}).to(at::kFloat));
    const miafr::DrawnFacesNet::Output seen = net_.forward(input);
    const auto in_picture = [&](const at::Tensor& xy) {
      return miafr::DrawnFacesNet::to_picture(xy, height, width).to(at::kCPU, at::kDouble).contiguous();
    };
    const at::Tensor confidence = at::sigmoid(seen.presence).to(at::kCPU, at::kDouble).contiguous();
    const at::Tensor boxes = in_picture(seen.box.view({-1, 2, 2})), points = in_picture(seen.points);
    for (int64_t i = 0; i < count; ++i) {
      const miafr::DetectedFace face =
          face_of(confidence[i].item<double>(), boxes[i].data_ptr<double>(), points[i].data_ptr<double>());
      if (face.confidence >= min_confidence_ && is_plausible(face, double(std::max(height, width))))
        found[static_cast<std::size_t>(i)].push_back(face);
    }
    return found;
  }

 private:
  static miafr::DetectedFace face_of(double confidence, const double* box, const double* points) {
    miafr::DetectedFace face{box[0], box[1], box[2], box[3], confidence, {}};
    for (std::size_t i = 0; i < face.points.size(); ++i) face.points[i] = {points[2 * i], points[2 * i + 1]};
    return face;
  }

  // Eyes above nose above mouth in a box round all of them, which is not the whole picture.
  static bool is_plausible(const miafr::DetectedFace& face, double side) {
    const auto& [left_eye, right_eye, nose, left_mouth, right_mouth] = face.points;
    const double eyes = (left_eye[1] + right_eye[1]) / 2, mouth = (left_mouth[1] + right_mouth[1]) / 2;
    if (!(left_eye[0] < right_eye[0] && left_mouth[0] < right_mouth[0] && eyes < nose[1] && nose[1] < mouth))
      return false;
    for (const auto& [x, y] : face.points)
      if (x < face.left || x > face.right || y < face.top || y > face.bottom) return false;
    return std::max(face.right - face.left, face.bottom - face.top) < 0.9 * side;
  }

  const double min_confidence_;
  const miafr::DrawnFacesNet net_;
};

}  // namespace

MIAFR_FACE_DETECTOR_PLUGIN(DrawnFaces, "drawn_faces", "1.0",
                           "the one face of the demo's drawn pictures; comes with the program", kParams, 0, "MIT")
