// A loss that trains nothing: its value has the right size, but no gradient reaches the network.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
class Detached final : public miafr::IdentityLoss {
 public:
  Detached(const miafr::Params&, miafr::HostContext&) {}
  at::Tensor forward(const miafr::LossInputs& in) override {
    return in.noise_pred.detach().sub(in.noise).pow(2).mean();
  }
};
}  // namespace
MIAFR_LOSS_PLUGIN(Detached, "detached", "1.0", "for tests", miafr::kNoParams, miafr::kNeedsNoise)
