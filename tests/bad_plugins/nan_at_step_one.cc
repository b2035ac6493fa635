// A loss that is not finite at one step of a run.
#include <limits>

#include "tests/bad_plugins/minimal_loss.h"

namespace {
class NanAtStepOne final : public miafr::IdentityLoss {
 public:
  NanAtStepOne(const miafr::Params&, miafr::HostContext&) {}
  at::Tensor forward(const miafr::LossInputs& in) override {
    return in.noise_pred.mul(in.step == 1 ? std::numeric_limits<double>::quiet_NaN() : 1.0).mean();
  }
};
}  // namespace
MIAFR_LOSS_PLUGIN(NanAtStepOne, "nan_at_step_one", "1.0", "for tests", miafr::kNoParams, miafr::kNeedsNoise)
