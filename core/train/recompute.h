// Gradient checkpointing (Chen et al., arXiv 1604.06174): what a part of a network computes inside is dropped after
// the forward pass and computed again in the backward pass. Less memory, about a third more time.
#pragma once

#include <torch/types.h>

#include <vector>

#include "core/nn/unet.h"

namespace miafr {

// part(inputs), for UNetModel::run_part. Gradients reach the inputs and whatever parameters `part` holds. The second
// computation sees the first one's random state and autocast. Only backward() works through it, not at::grad: what
// part holds gets its gradient accumulated in place.
at::Tensor recompute(const UNetModel::Part& part, const std::vector<at::Tensor>& inputs);

}  // namespace miafr
