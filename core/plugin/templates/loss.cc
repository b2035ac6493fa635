// my_plugin: mean squared difference between predicted and true noise. Replace it with your own.
#include "core/plugin/loss.h"

#include <torch/types.h>

namespace {

constexpr miafr::ParamSpec kParams[] = {
    miafr::real_param("power", 2.0, "exponent of the difference", 1, 4),
};

class MyPlugin final : public miafr::IdentityLoss {
 public:
  MyPlugin(const miafr::Params& params, miafr::HostContext&) : power_(params.real("power")) {}

  at::Tensor forward(const miafr::LossInputs& in) override {
    return (in.noise_pred - in.noise).abs().pow(power_).mean();  // scalar
  }

 private:
  const double power_;
};

}  // namespace

MIAFR_LOSS_PLUGIN(MyPlugin, "my_plugin", "0.1", "difference of noises to a power", kParams, miafr::kNeedsNoise, "MIT")
