#include "core/face/face_chips.h"

#include <algorithm>
#include <cmath>

#include "core/face/aligned_faces.h"

namespace miafr {
namespace {

at::Tensor to_tensor(const FacePoints& points) {
  return at::tensor(at::ArrayRef<double>(points[0].data(), 10), at::kDouble).view({1, 5, 2});
}

// The part of a picture that a chip shows, thinned out by whole factors; points in its pixels.
struct Region {
  at::Tensor pixels;  // [1, 3, h, w] float32 0..255
  at::Tensor points;  // [1, 5, 2] float64
};

// Where the chip's corners lie in the picture, through the inverse of the similarity.
struct Bounds {
  double left, top, right, bottom, scale;  // scale: chip pixels for each pixel of the picture
};

Bounds bounds_of(const at::Tensor& points, const FaceInput& input) {
  const at::Tensor matrix = similarity_to_template(points, input.template_points)[0].contiguous();  // [2, 3]
  const double* m = matrix.data_ptr<double>();
  const double size = m[0] * m[0] + m[3] * m[3];  // squared scale
  Bounds bounds{INFINITY, INFINITY, -INFINITY, -INFINITY, std::sqrt(size)};
  for (const double u : {0.0, input.input_width - 1.0})
    for (const double v : {0.0, input.input_height - 1.0}) {
      const double x = (m[0] * (u - m[2]) + m[3] * (v - m[5])) / size;
      const double y = (m[1] * (u - m[2]) + m[4] * (v - m[5])) / size;
      bounds = {std::min(bounds.left, x), std::min(bounds.top, y), std::max(bounds.right, x),
                std::max(bounds.bottom, y), bounds.scale};
    }
  return bounds;
}

// Whole pixels of [from, to] with a margin, inside 0..size-1 and never empty.
std::pair<int64_t, int64_t> clamped(double from, double to, int64_t size, int64_t margin) {
  const auto inside = [&](double v) { return static_cast<int64_t>(std::clamp(v, 0.0, size - 1.0)); };
  return {inside(std::floor(from) - margin), inside(std::ceil(to) + margin)};
}

at::Tensor view_of(const Image& picture) {
  return at::from_blob(const_cast<std::uint8_t*>(picture.pixels.data()), {picture.height, picture.width, 3}, at::kByte);
}

Region region_of(const Image& picture, const FacePoints& face, const FaceInput& input) {
  at::Tensor points = to_tensor(face);
  const Bounds bounds = bounds_of(points, input);
  const int64_t factor = std::max<int64_t>(1, std::llround(std::floor(1 / (2 * bounds.scale))));
  const auto [left, right] = clamped(bounds.left, bounds.right, picture.width, 2 * factor);
  const auto [top, bottom] = clamped(bounds.top, bounds.bottom, picture.height, 2 * factor);
  at::Tensor pixels = view_of(picture).slice(0, top, bottom + 1).slice(1, left, right + 1);
  pixels = pixels.permute({2, 0, 1}).unsqueeze(0).to(at::kFloat).contiguous();  // [1, 3, h, w]
  points = points - at::tensor({double(left), double(top)}, at::kDouble);
  if (factor > 1 && std::min(pixels.size(2), pixels.size(3)) >= factor) {
    pixels = at::avg_pool2d(pixels, factor);
    points = (points + 0.5) / factor - 0.5;
  }
  return {pixels, points};
}

}  // namespace

at::Tensor face_chip(const Image& picture, const FacePoints& points, const FaceInput& input) {
  const at::NoGradGuard no_grad;
  const Region region = region_of(picture, points, input);
  return aligned_faces(region.pixels, region.points, input)[0];
}

at::Tensor aligned_chip(const Image& picture, const FaceInput& input) {
  const at::NoGradGuard no_grad;
  at::Tensor pixels = view_of(picture).permute({2, 0, 1}).unsqueeze(0).to(at::kFloat);  // [1, 3, h, w]
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
