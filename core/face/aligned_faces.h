// Faces as a network wants them: aligned by their five points, in its size, channel order and range.
#pragma once

#include "core/face/align.h"
#include "core/plugin/face_input.h"

namespace miafr {

// Pixels [N,3,h,w] RGB in 0..255 in the channel order and range that `input` declares.
inline at::Tensor to_input(const at::Tensor& pixels, const FaceInput& input) {
  const auto per_channel = [&](const std::array<double, 3>& v) {
    return at::tensor({v[0], v[1], v[2]}, at::kDouble).view({1, 3, 1, 1}).to(pixels.options());
  };
  const at::Tensor ordered = input.channel_order == ChannelOrder::kBgr ? pixels.flip(1) : pixels;
  return (ordered - per_channel(input.mean)) / per_channel(input.scale);
}

// pictures [N,3,H,W] RGB in 0..255, points [N,5,2] in their pixels -> [N,3,input_height,input_width] as `input`
// declares it. Differentiable towards the pictures.
inline at::Tensor aligned_faces(const at::Tensor& pictures, const at::Tensor& points, const FaceInput& input) {
  const at::Tensor matrices = similarity_to_template(points, input.template_points);  // [N, 2, 3]
  return to_input(warp_to_chips(pictures, matrices, input.input_height, input.input_width), input);
}

}  // namespace miafr
