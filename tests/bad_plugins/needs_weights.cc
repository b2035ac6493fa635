// Asks for a model file that nobody has.
#include "tests/bad_plugins/minimal_loss.h"

namespace {
class NeedsWeights final : public miafr::IdentityLoss {
 public:
  NeedsWeights(const miafr::Params&, miafr::HostContext& host) {
    host.model_file("no_such_net.safetensors", "published by nobody");
  }
  at::Tensor forward(const miafr::LossInputs& in) override { return in.noise_pred.mean(); }
};
}  // namespace
MIAFR_LOSS_PLUGIN(NeedsWeights, "needs_weights", "1.0", "for tests", miafr::kNoParams)
