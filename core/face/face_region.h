// The part of a picture that a chip shows, averaged over whole blocks of pixels where the face is much larger than the
// chip, so that nothing aliases. Built from differentiable operations, as align.h is.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/face/align.h"

namespace miafr {

struct FaceRegion {
  at::Tensor pixels;  // [1, 3, h, w] 0..255
  at::Tensor points;  // [1, 5, 2] in its pixels
};

// How many pixels of the picture become one, in either direction, by the matrices [N,2,3] from picture to chip: whole,
// at least 1, and 1 up to twice the chip's size, where sampling bilinearly is what published pipelines do.
inline std::vector<std::int64_t> thinning_factors(const at::Tensor& matrices) {
  const at::Tensor scales = matrices.select(2, 0).to(at::kCPU, at::kDouble).norm(2, 1);  // [N] chip pixels per pixel
  std::vector<std::int64_t> factors;
  for (std::int64_t i = 0; i < scales.size(0); ++i) {
    const double pixels = 1 / (2 * scales[i].item<double>());
    factors.push_back(std::isfinite(pixels) ? std::max<std::int64_t>(1, std::llround(std::floor(pixels))) : 1);
  }
  return factors;
}

// Where a chip's corners lie in the picture, through the inverse of the similarity.
struct ChipBounds {
  double left, top, right, bottom;
};

// matrix [2, 3] float64 on the CPU.
inline ChipBounds chip_bounds(const at::Tensor& matrix, const FaceInput& input) {
  const at::Tensor contiguous = matrix.contiguous();
  const double* m = contiguous.data_ptr<double>();
  const double size = m[0] * m[0] + m[3] * m[3];  // squared scale
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  ChipBounds bounds{kInfinity, kInfinity, -kInfinity, -kInfinity};
  for (const double u : {0.0, input.input_width - 1.0})
    for (const double v : {0.0, input.input_height - 1.0}) {
      const double x = (m[0] * (u - m[2]) + m[3] * (v - m[5])) / size;
      const double y = (m[1] * (u - m[2]) + m[4] * (v - m[5])) / size;
      bounds = {std::min(bounds.left, x), std::min(bounds.top, y), std::max(bounds.right, x),
                std::max(bounds.bottom, y)};
    }
  return bounds;
}

// Whole pixels of [from, to] with a margin, inside 0..size-1 and never empty.
inline std::pair<std::int64_t, std::int64_t> clamped_pixels(double from, double to, std::int64_t size,
                                                            std::int64_t margin) {
  const auto inside = [&](double v) { return static_cast<std::int64_t>(std::clamp(v, 0.0, size - 1.0)); };
  return {inside(std::floor(from) - margin), inside(std::ceil(to) + margin)};
}

// picture [1,3,H,W] 0..255, of which only that part is converted where it is of bytes; points [1,5,2].
inline FaceRegion face_region(const at::Tensor& picture, const at::Tensor& points, const FaceInput& input) {
  const at::Tensor matrix =
      similarity_to_template(points.to(at::kCPU, at::kDouble), input.template_points);  // [1, 2, 3]
  const std::int64_t factor = thinning_factors(matrix)[0];
  const ChipBounds bounds = chip_bounds(matrix[0], input);
  const auto [left, right] = clamped_pixels(bounds.left, bounds.right, picture.size(3), 2 * factor);
  const auto [top, bottom] = clamped_pixels(bounds.top, bounds.bottom, picture.size(2), 2 * factor);
  at::Tensor pixels = picture.slice(2, top, bottom + 1).slice(3, left, right + 1);  // [1, 3, h, w]
  pixels = (pixels.is_floating_point() ? pixels : pixels.to(at::kFloat)).contiguous();
  at::Tensor moved = points - at::tensor({double(left), double(top)}, at::kDouble).to(points.options());
  if (factor > 1 && std::min(pixels.size(2), pixels.size(3)) >= factor) {
    pixels = at::avg_pool2d(pixels, factor);
    moved = (moved + 0.5) / factor - 0.5;
  }
  return {pixels, moved};
}

}  // namespace miafr
