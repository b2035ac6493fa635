#include "core/data/buckets.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace miafr {
namespace {

constexpr std::int64_t kStep = 64;

}  // namespace

std::vector<PictureSize> bucket_sizes(std::int64_t size) {
  const std::int64_t least = std::max(size / 2 / kStep * kStep, kStep), most = size * 2 / kStep * kStep;
  const auto side_beside = [&](std::int64_t side) { return std::min(most, size * size / side / kStep * kStep); };
  std::vector<PictureSize> sizes{{size / kStep * kStep, size / kStep * kStep}};
  const auto add = [&](std::int64_t width, std::int64_t height) {
    for (const PictureSize& known : sizes)
      if (known.width == width && known.height == height) return;
    sizes.push_back({width, height});
  };
  for (std::int64_t side = least; side <= most && side_beside(side) >= least; side += kStep) {
    add(side, side_beside(side));
    add(side_beside(side), side);
  }
  return sizes;
}

PictureSize nearest_bucket(std::int64_t width, std::int64_t height, const std::vector<PictureSize>& buckets) {
  const double wanted = std::log(static_cast<double>(width) / static_cast<double>(height));
  const auto rank = [&](const PictureSize& size) {
    const double off = std::abs(std::log(static_cast<double>(size.width) / static_cast<double>(size.height)) - wanted);
    return std::make_pair(off, -size.width * size.height);
  };
  return *std::min_element(buckets.begin(), buckets.end(),
                           [&](const PictureSize& a, const PictureSize& b) { return rank(a) < rank(b); });
}

}  // namespace miafr
