// Pictures of any size side by side.
#pragma once

#include <torch/types.h>

namespace miafr {

// Pixels [H,W,3] of uint8, brought into a square of 256 pixels without changing their proportions, on white.
at::Tensor thumbnail(const at::Tensor& pixels);

}  // namespace miafr
