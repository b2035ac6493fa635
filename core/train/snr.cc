#include "core/train/snr.h"

#include <torch/types.h>

namespace miafr {

at::Tensor min_snr_weights(const at::Tensor& alphas_cumprod, const at::Tensor& timesteps, double gamma,
                           PredictionTarget target) {
  const at::Tensor alpha = alphas_cumprod.to(timesteps.device()).index_select(0, timesteps);
  const at::Tensor snr = alpha / (1 - alpha);
  const at::Tensor weights = target == PredictionTarget::kEpsilon ? snr.reciprocal().mul_(gamma).clamp_max_(1)
                                                                  : snr.clamp_max(gamma) / (snr + 1);
  return weights.to(at::kFloat);
}

}  // namespace miafr
