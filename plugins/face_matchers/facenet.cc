// FaceNet (Schroff et al., arXiv 1503.03832) as facenet-pytorch publishes it: Inception-ResNet v1, trained on VGGFace2
// or CASIA-WebFace.
#include <torch/types.h>

#include "core/face/inception_resnet_v1.h"
#include "core/plugin/face_matcher.h"
#include "plugins/weights.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "20180402-114759-vggface2.pt", "absolute path, or name of a file in a model folder"),
};

// It was trained on MTCNN's boxes, unaligned: 160 of 182 pixels of a box with a margin of 44, stretched to a square, so
// that the box is 138 pixels large. No similarity makes such crops; ArcFace's template at 160 / 112 shows faces upright
// and within a few percent as large.
constexpr std::array<std::array<double, 2>, 5> facenet_template() {
  auto points = miafr::kArcFacePoints112;
  for (auto& point : points)
    for (double& coordinate : point) coordinate = (coordinate + 0.5) * 160 / 112 - 0.5;
  return points;
}

class FaceNet final : public miafr::FaceMatcher {
 public:
  FaceNet(const miafr::Params& params, miafr::HostContext& host)
      : net_(miafr_plugins::load_network(
            host, params.text("weights"),
            "it is published with release v2.2.9 of github.com/timesler/facenet-pytorch, code MIT, weights trained on "
            "photos for research only",
            [](miafr::TensorParameters& weights) { return miafr::InceptionResnetV1(miafr::Scope(weights, "")); })) {
    info_.input_height = info_.input_width = miafr::InceptionResnetV1::kInput;
    info_.scale = {128, 128, 128};  // facenet-pytorch's fixed_image_standardization
    info_.template_points = facenet_template();
    info_.embedding_size = miafr::InceptionResnetV1::kEmbedding;
  }

  const miafr::FaceMatcherInfo& info() const override { return info_; }

  at::Tensor embed(const at::Tensor& faces) override { return net_.forward(faces); }

  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override {
    return at::cosine_similarity(a, b, 1);  // [N]
  }

 private:
  const miafr::InceptionResnetV1 net_;
  miafr::FaceMatcherInfo info_;
};

}  // namespace

MIAFR_FACE_MATCHER_PLUGIN(FaceNet, "facenet", "1.0", "FaceNet, Inception-ResNet v1, 512-d, cosine similarity", kParams,
                          0, "MIT; weights for research")
