#include "core/face/face_chips.h"

#include <algorithm>

#include "core/face/aligned_faces.h"

namespace miafr {
namespace {

at::Tensor to_tensor(const FacePoints& points) {
  return at::tensor(at::ArrayRef<double>(points[0].data(), 10), at::kDouble).view({1, 5, 2});
}

at::Tensor view_of(const Image& picture) {
  return at::from_blob(const_cast<std::uint8_t*>(picture.pixels.data()), {picture.height, picture.width, 3}, at::kByte)
      .permute({2, 0, 1})
      .unsqueeze(0);  // [1, 3, h, w]
}

}  // namespace

at::Tensor face_chip(const Image& picture, const FacePoints& points, const FaceInput& input) {
  const at::NoGradGuard no_grad;
  return aligned_face(view_of(picture), to_tensor(points), input)[0];
}

at::Tensor aligned_chip(const Image& picture, const FaceInput& input) {
  const at::NoGradGuard no_grad;
  at::Tensor pixels = view_of(picture).to(at::kFloat);
  if (picture.height != input.input_height || picture.width != input.input_width)
    pixels = at::_upsample_bilinear2d_aa(pixels, {input.input_height, input.input_width}, /*align_corners=*/false);
  return to_input(pixels, input)[0];
}

Image face_thumbnail(const Image& picture, const FacePoints& points, int size) {
  FaceInput input;
  input.input_width = input.input_height = size;
  input.mean = {0, 0, 0};
  input.scale = {1, 1, 1};
  for (std::size_t i = 0; i < points.size(); ++i)  // the face fills two thirds of the picture
    for (int axis = 0; axis < 2; ++axis) {
      const double middle = axis == 0 ? 56 : 66;
      input.template_points[i][axis] = size * (0.5 + 0.62 * (kArcFacePoints112[i][axis] - middle) / 112);
    }
  const at::Tensor pixels =
      face_chip(picture, points, input).round().clamp(0, 255).to(at::kByte).permute({1, 2, 0}).contiguous();
  Image thumbnail(size, size);
  std::copy_n(pixels.data_ptr<std::uint8_t>(), thumbnail.pixels.size(), thumbnail.pixels.begin());
  return thumbnail;
}

}  // namespace miafr
