// The age of the demo's drawn faces; trained from scratch in that world (demo/pretrain), where the truth is known. Its
// people are children of 5..9 years, teenagers of 13..17, youngadults of 22..30, middleaged of 41..51, elderly
// of 60..70 and old of 77..89; whoever looks halfway between two of these ages is estimated at 11, 20.5, 36, 55.5 or 74
// years.
#include <torch/types.h>

#include "core/plugin/age_estimator.h"
#include "demo/networks/drawn_age_net.h"
#include "plugins/weights.h"

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::text_param("weights", "drawn_age.safetensors", "absolute path, or name of a file in a model folder"),
};

class DrawnAge final : public miafr::AgeEstimator {
 public:
  DrawnAge(const miafr::Params& params, miafr::HostContext& host)
      : net_(miafr_plugins::load_network(
            host, params.text("weights"),
            "it comes with MIAFR in demo/weights/; demo/README.md tells how it is trained",
            [](miafr::TensorParameters& weights) { return miafr::DrawnAgeNet(miafr::Scope(weights, "")); })) {}

  const miafr::FaceInput& input() const override { return input_; }

  at::Tensor estimate(const at::Tensor& faces) override {
    return miafr::DrawnAgeNet::expected_years(net_.forward(faces));  // [N]
  }

 private:
  const miafr::DrawnAgeNet net_;
  const miafr::FaceInput input_ = miafr::DrawnAgeNet::input();
};

}  // namespace

MIAFR_AGE_ESTIMATOR_PLUGIN(DrawnAge, "drawn_age", "1.0", "age of the demo's drawn faces; comes with the program",
                           kParams, 0, "MIT")
