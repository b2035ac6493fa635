#include "core/editing/thumbnail.h"

#include <algorithm>
#include <cmath>

#include "core/image/photo.h"

namespace miafr {

at::Tensor thumbnail(const at::Tensor& pixels) {
  constexpr std::int64_t kSide = 256;
  const double factor = static_cast<double>(kSide) / std::max(pixels.size(0), pixels.size(1));
  const auto scaled = [&](std::int64_t side) { return std::max<std::int64_t>(1, std::llround(side * factor)); };
  const at::Tensor small = resized(pixels, scaled(pixels.size(0)), scaled(pixels.size(1)));
  const at::Tensor square = at::full({kSide, kSide, 3}, 255, at::kByte);
  const std::int64_t top = (kSide - small.size(0)) / 2, left = (kSide - small.size(1)) / 2;
  square.slice(0, top, top + small.size(0)).slice(1, left, left + small.size(1)).copy_(small);
  return square;
}

}  // namespace miafr
