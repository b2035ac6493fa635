#include "core/image/difference_hash.h"

#include <bitset>

#include "core/image/resize_bicubic.h"

namespace miafr {

std::uint64_t difference_hash(const Image& image) {
  const Image small = resize_bicubic(image, 9, 8);
  const auto grey = [&](int x, int y) {
    const std::uint8_t* rgb = small.row(y) + 3 * x;
    return (rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 0x8000) >> 16;  // 0.299, 0.587, 0.114
  };
  std::uint64_t hash = 0;
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x) hash = hash << 1 | (grey(x + 1, y) > grey(x, y));
  return hash;
}

int hash_distance(std::uint64_t a, std::uint64_t b) { return static_cast<int>(std::bitset<64>(a ^ b).count()); }

}  // namespace miafr
