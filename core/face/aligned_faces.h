// Faces as a network wants them: aligned by their five points, in its size, channel order and range.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/face/align.h"
#include "core/face/face_region.h"
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

// pictures [N,3,H,W] RGB in 0..255 seen through matrices [N,2,3] -> [N,3,input_height,input_width] as `input` declares
// it. Sampled as they are, so they should not be much larger than the chips.
inline at::Tensor warped_faces(const at::Tensor& pictures, const at::Tensor& matrices, const FaceInput& input) {
  return to_input(warp_to_chips(pictures, matrices, input.input_height, input.input_width), input);
}

// The one face of a picture [1,3,H,W], of bytes or numbers, with its points [1,5,2] -> [1,3,input_height,input_width].
inline at::Tensor aligned_face(const at::Tensor& picture, const at::Tensor& points, const FaceInput& input) {
  const FaceRegion region = face_region(picture, points, input);
  return warped_faces(region.pixels, similarity_to_template(region.points, input.template_points), input);
}

// pictures [N,3,H,W] RGB in 0..255, points [N,5,2] in their pixels -> [N,3,input_height,input_width] as `input`
// declares it. A face of more than twice the chip's size is averaged first (face_region.h). Differentiable towards the
// pictures.
inline at::Tensor aligned_faces(const at::Tensor& pictures, const at::Tensor& points, const FaceInput& input) {
  const at::Tensor matrices = similarity_to_template(points, input.template_points);  // [N, 2, 3]
  const std::vector<std::int64_t> factors = thinning_factors(matrices);
  if (std::all_of(factors.begin(), factors.end(), [](std::int64_t factor) { return factor == 1; }))
    return warped_faces(pictures, matrices, input);
  std::vector<at::Tensor> faces;
  for (std::int64_t i = 0; i < pictures.size(0); ++i) {
    const auto of = [i](const at::Tensor& all) { return all.slice(0, i, i + 1); };
    faces.push_back(factors[i] == 1 ? warped_faces(of(pictures), of(matrices), input)
                                    : aligned_face(of(pictures), of(points), input));
  }
  return at::cat(faces);
}

}  // namespace miafr
