// my_plugin: takes bright faces for young ones. A place to put your network; as an estimator it is worth nothing.
#include "core/plugin/age_estimator.h"

#include <torch/types.h>

namespace {

class MyPlugin final : public miafr::AgeEstimator {
 public:
  MyPlugin(const miafr::Params&, miafr::HostContext&) {
    // host.model_file("weights.safetensors", "where it is published, its licence") finds your weights.
    input_.template_points = miafr::kArcFacePoints112;
  }

  const miafr::FaceInput& input() const override { return input_; }

  at::Tensor estimate(const at::Tensor& faces) override {
    return 40 - 30 * faces.mean({1, 2, 3});  // [N]
  }

 private:
  miafr::FaceInput input_;
};

}  // namespace

MIAFR_AGE_ESTIMATOR_PLUGIN(MyPlugin, "my_plugin", "0.1", "brightness as age", miafr::kNoParams, 0, "MIT")
