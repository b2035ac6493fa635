// Classification losses with a margin on the angle between a feature and its class: what a face matcher is trained
// with.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace miafr::demo {

// features [N,D], centres [classes,D], labels [N] int64. Both losses are the mean cross entropy of the logits below.

// s cos(theta_y + m) for the true class, s cos(theta_j) for the others (Deng et al., arXiv 1801.07698, eq. 3).
at::Tensor arcface_loss(const at::Tensor& features, const at::Tensor& centres, const at::Tensor& labels, double margin,
                        double scale = 32);

// The margin follows the feature's norm as a measure of quality (Kim et al., arXiv 2204.00964, eq. 8 to 11): with z the
// norm, standardised by the batch's mean and deviation, divided by 1 / 0.333 and clipped to [-1, 1], the true class has
// s (cos(theta_y - m z) - (m + m z)).
at::Tensor adaface_loss(const at::Tensor& features, const at::Tensor& centres, const at::Tensor& labels, double margin,
                        double scale = 32);

}  // namespace miafr::demo
