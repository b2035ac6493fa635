// A loss half of whose derivative is cut off.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
class WrongGradient final : public miafr::IdentityLoss {
 public:
  WrongGradient(const miafr::Params&, miafr::HostContext&) {}
  at::Tensor forward(const miafr::LossInputs& in) override {
    return in.noise_pred.sub(in.noise)
        .mul(in.noise_pred.detach())
        .mean();  // half of the product's derivative is cut off
  }
};
}  // namespace
MIAFR_LOSS_PLUGIN(WrongGradient, "wrong_gradient", "1.0", "for tests", miafr::kNoParams, miafr::kNeedsNoise)
