// An edited crop back in its photo.
#pragma once

#include <torch/types.h>

namespace miafr {

// photo [3,H,W] and picture [3,h,w], float32 RGB in 0..1, and the matrix [2,3] that carries a point (x, y, 1) of the
// photo to the picture -> the photo with the picture in its place. Towards the picture's border it fades into the
// photo, over an eighth of its sides; outside it the photo is untouched. Throws Error for a matrix without an inverse.
at::Tensor paste_back(const at::Tensor& photo, const at::Tensor& picture, const at::Tensor& matrix);

}  // namespace miafr
