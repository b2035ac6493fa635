#include "core/editing/paste_back.h"

#include <cmath>

#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr double kFade = 1.0 / 8;  // of a side

// How much of the picture shows at positions along one of its sides [...], 0 at the border and outside, rising to 1.
at::Tensor share_along(const at::Tensor& position, int64_t length) {
  const double last = static_cast<double>(length - 1);
  const at::Tensor inside = at::minimum(position, last - position);  // distance to the nearer border
  const at::Tensor t = (inside / (kFade * length)).clamp(0, 1);
  return t * t * (3 - 2 * t);
}

}  // namespace

at::Tensor paste_back(const at::Tensor& photo, const at::Tensor& picture, const at::Tensor& matrix) {
  const at::Tensor m = matrix.to(at::kCPU, at::kDouble).contiguous();
  const auto entry = [&](int row, int column) { return m[row][column].item<double>(); };
  const double determinant = entry(0, 0) * entry(1, 1) - entry(0, 1) * entry(1, 0);
  if (!(std::isfinite(determinant) && determinant != 0))
    throw Error("the matrix of the crop has no inverse, so it cannot be pasted back");
  const at::TensorOptions options = photo.options().dtype(at::kFloat);
  const at::Tensor y = at::arange(photo.size(1), options).view({-1, 1}),
                   x = at::arange(photo.size(2), options).view({1, -1});
  const at::Tensor u = entry(0, 0) * x + entry(0, 1) * y + entry(0, 2);  // [H, W] where each pixel lies in the picture
  const at::Tensor v = entry(1, 0) * x + entry(1, 1) * y + entry(1, 2);
  const auto to_grid = [](const at::Tensor& at, int64_t length) {
    return 2 * at / std::max<double>(length - 1, 1) - 1;
  };
  const at::Tensor grid = at::stack({to_grid(u, picture.size(2)), to_grid(v, picture.size(1))}, 2).unsqueeze(0);
  const at::Tensor warped =
      at::grid_sampler(picture.to(options).unsqueeze(0), grid, /*bilinear*/ 0, /*border*/ 1, /*align_corners=*/true)[0];
  const at::Tensor share = share_along(u, picture.size(2)) * share_along(v, picture.size(1));  // [H, W]
  return at::where(share > 0, photo + share * (warped - photo), photo);
}

}  // namespace miafr
