// Smooth random pictures, the same on every machine.
#pragma once

#include <torch/types.h>

#include "core/plugin/face_input.h"

namespace miafr {

// [count,3,height,width] float32 in 0..255.
inline at::Tensor smooth_pictures(int64_t count, int64_t height, int64_t width) {
  const auto generator = at::detail::createCPUGenerator(5);
  const at::Tensor coarse = at::rand({count, 3, 7, 7}, generator, at::kFloat) * 255;
  return at::upsample_bilinear2d(coarse, {height, width}, /*align_corners=*/false);
}

// The same in a network's own range.
inline at::Tensor smooth_faces(int64_t count, const FaceInput& input) {
  const auto per_channel = [](const std::array<double, 3>& v) {
    return at::tensor({v[0], v[1], v[2]}, at::kFloat).view({1, 3, 1, 1});
  };
  return (smooth_pictures(count, input.input_height, input.input_width) - per_channel(input.mean)) /
         per_channel(input.scale);
}

}  // namespace miafr
