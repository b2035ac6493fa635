// Calls a function that no library has. A lazy loader would take it, and abort at the first call.
#include "tests/bad_plugins/minimal_loss.h"

namespace vendor {
int missing_function(double);
}

namespace {
class CallsMissing final : public miafr::IdentityLoss {
 public:
  CallsMissing(const miafr::Params&, miafr::HostContext&) {}
  at::Tensor forward(const miafr::LossInputs& in) override {
    return in.noise_pred.mean().mul(vendor::missing_function(1));
  }
};
}  // namespace
MIAFR_LOSS_PLUGIN(CallsMissing, "undefined_symbol", "1.0", "for tests", miafr::kNoParams)
