// Weights of the denoising loss by signal-to-noise ratio: min-SNR-gamma (Hang et al., arXiv 2303.09556, section 3.4).
#pragma once

#include <ATen/core/Tensor.h>

namespace miafr {

enum class PredictionTarget { kEpsilon, kV };

// One weight per element of a batch, float32 [N] on the device of `timesteps`: with snr_t = a_t / (1 - a_t),
//
//   epsilon:  min(snr_t, gamma) / snr_t        v:  min(snr_t, gamma) / (snr_t + 1)
//
// alphas_cumprod: a_0 .. a_T-1, float32 or float64 [T], each in [0, 1). timesteps: int64 [N] in [0, T). gamma above 0;
// 5 in the paper. Where no signal is left (snr_t = 0, a schedule with zero terminal SNR) epsilon's weight is its
// limit, 1.
at::Tensor min_snr_weights(const at::Tensor& alphas_cumprod, const at::Tensor& timesteps, double gamma,
                           PredictionTarget target);

}  // namespace miafr
