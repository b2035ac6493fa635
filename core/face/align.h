// Face alignment by five points: the similarity (rotation, scale, shift) that carries a face onto a matcher's template,
// and the warp that follows it. Both are built from differentiable operations, so that a loss can train through the
// warp.
//
// Points are (x, y) in pixels, pixel centres at integers: left eye, right eye, nose tip, left and right mouth corner as
// seen in the image.
#pragma once

#include <torch/types.h>

#include "core/plugin/face_input.h"

namespace miafr {

// points [N,5,2] -> [N,2,3] matrices M with M (x, y, 1)^T nearest to the template in the least-squares sense, without
// reflection. As complex numbers q = a p + b: a = sum conj(p - mean p)(q - mean q) / sum |p - mean p|^2, b = mean q - a
// mean p (Umeyama 1991, the two-dimensional case).
inline at::Tensor similarity_to_template(const at::Tensor& points, const FacePoints& face_template) {
  const at::Tensor target =
      at::tensor(at::ArrayRef<double>(face_template[0].data(), 10), at::kDouble).view({1, 5, 2}).to(points.options());
  const at::Tensor p_mean = points.mean(1, true), q_mean = target.mean(1, true);  // [N, 1, 2], [1, 1, 2]
  const at::Tensor p = points - p_mean, q = target - q_mean;                      // [N, 5, 2], [1, 5, 2]
  const at::Tensor px = p.select(2, 0), py = p.select(2, 1), qx = q.select(2, 0), qy = q.select(2, 1);
  const at::Tensor size = (px * px + py * py).sum(1);                                               // [N]
  const at::Tensor re = (px * qx + py * qy).sum(1) / size, im = (px * qy - py * qx).sum(1) / size;  // [N]
  const at::Tensor linear = at::stack({re, -im, im, re}, 1).view({-1, 2, 2});                       // [N, 2, 2]
  const at::Tensor shift = q_mean.transpose(1, 2) - at::matmul(linear, p_mean.transpose(1, 2));     // [N, 2, 1]
  return at::cat({linear, shift}, 2);                                                               // [N, 2, 3]
}

// images [N,C,H,W] seen through matrices [N,2,3] (image to chip, as above) -> chips [N,C,height,width]: bilinear, the
// border repeated outside. Differentiable towards the images.
inline at::Tensor warp_to_chips(const at::Tensor& images, const at::Tensor& matrices, int64_t height, int64_t width) {
  const at::Tensor m = matrices.to(images.options());
  const at::Tensor linear = m.slice(2, 0, 2), shift = m.slice(2, 2, 3);  // [N, 2, 2], [N, 2, 1]
  // The inverse of a scaled rotation is its transpose over the squared scale.
  const at::Tensor inverse = linear.transpose(1, 2) / linear.select(1, 0).pow(2).sum(1).view({-1, 1, 1});
  const at::Tensor y = at::arange(height, images.options()).view({-1, 1}).expand({height, width});
  const at::Tensor x = at::arange(width, images.options()).view({1, -1}).expand({height, width});
  const at::Tensor chip = at::stack({x, y}, 0).reshape({1, 2, -1});  // [1, 2, h*w]
  const at::Tensor source = at::matmul(inverse, chip - shift);       // [N, 2, h*w]
  const at::Tensor last =
      at::tensor({images.size(3) - 1.0, images.size(2) - 1.0}, at::kDouble).view({1, 2, 1}).to(images.options());
  const at::Tensor grid =
      (2 * source / last - 1).transpose(1, 2).reshape({-1, height, width, 2});  // -1..1, corner centres
  return at::grid_sampler(images, grid, /*bilinear*/ 0, /*border*/ 1, /*align_corners=*/true);
}

}  // namespace miafr
