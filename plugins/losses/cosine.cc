// Cosine loss: channel-wise cosine between predicted and true noise; 0 when they point the same way.
#include <torch/types.h>

#include "core/plugin/loss.h"

namespace {

class CosineLoss final : public miafr::IdentityLoss {
 public:
  CosineLoss(const miafr::Params&, miafr::HostContext&) {}

  at::Tensor forward(const miafr::LossInputs& in) override {
    const at::Tensor cosine = at::cosine_similarity(in.noise_pred.flatten(2), in.noise.flatten(2), 2);  // [N, C]
    return (1 - cosine).mean();                                                                         // scalar
  }
};

}  // namespace

MIAFR_LOSS_PLUGIN(CosineLoss, "cosine", "1.0", "1 - cosine of predicted and true noise, per latent channel",
                  miafr::kNoParams, miafr::kNeedsNoise, "MIT")
