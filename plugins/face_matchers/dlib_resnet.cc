// dlib's face recognition network: comes with the program, real weights, free for any use. The default matcher.
#include "core/face/dlib_resnet.h"

#include <torch/types.h>

#include "core/plugin/face_matcher.h"
#include "plugins/weights.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "dlib_resnet_v1.safetensors", "absolute path, or name of a file in a model folder"),
};

class DlibResNetMatcher final : public miafr::FaceMatcher {
 public:
  DlibResNetMatcher(const miafr::Params& params, miafr::HostContext& host)
      : net_(miafr_plugins::load_network(
            host, params.text("weights"),
            "it comes with MIAFR in models/, from PyPI face_recognition_models 0.3.0, licence CC0-1.0",
            [](miafr::TensorParameters& weights) { return miafr::DlibResNet(miafr::Scope(weights, "")); })) {
    info_.input_height = info_.input_width = miafr::DlibResNet::kInput;
    info_.mean = miafr::kDlibMean;
    info_.scale = {miafr::kDlibScale, miafr::kDlibScale, miafr::kDlibScale};
    // Where MTCNN sees its five points in chips that dlib aligned by its own landmarks: medians over 81 photos.
    info_.template_points = {{{47.35, 45.35}, {101.98, 45.34}, {74.32, 77.78}, {50.09, 101.97}, {100.12, 101.55}}};
    info_.embedding_size = miafr::DlibResNet::kEmbedding;
    info_.score_kind = miafr::ScoreKind::kDistance;
    info_.usual_threshold = 0.6;
    info_.threshold_source = "the usual one, from dlib's documentation";
  }

  const miafr::FaceMatcherInfo& info() const override { return info_; }

  at::Tensor embed(const at::Tensor& faces) override { return net_.forward(faces); }

  // Euclidean; its author accepts below 0.6.
  at::Tensor compare(const at::Tensor& a, const at::Tensor& b) override {
    return at::linalg_vector_norm(a - b, 2, {1});  // [N]
  }

 private:
  const miafr::DlibResNet net_;
  miafr::FaceMatcherInfo info_;
};

}  // namespace

MIAFR_FACE_MATCHER_PLUGIN(DlibResNetMatcher, "dlib_resnet", "1.0",
                          "dlib's ResNet, 128-d, Euclidean distance; comes with the program", kParams, 0,
                          "MIT; weights CC0-1.0")
