#include "core/image/orientation.h"

#include <algorithm>
#include <utility>

#include "core/image/image_bytes.h"

namespace miafr {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112, kShort = 3;

int orientation_in(std::string_view tiff) {
  const bool little = part_of(tiff, 0, 2) == "II";
  const auto number = [&](std::size_t at, int size) {
    return little ? little_endian(tiff, at, size) : big_endian(tiff, at, size);
  };
  if ((!little && part_of(tiff, 0, 2) != "MM") || number(2, 2) != 42) return 1;
  const std::size_t directory = number(4, 4);
  const std::uint32_t entries = number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + 12 * std::size_t{i};
    if (number(entry, 2) != kOrientationTag || number(entry + 2, 2) != kShort) continue;
    const std::uint32_t value = number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view exif) {
  constexpr std::string_view kPrefix("Exif\0\0", 6);
  if (exif.substr(0, kPrefix.size()) == kPrefix) exif.remove_prefix(kPrefix.size());
  try {
    return orientation_in(exif);
  } catch (const ImageError&) {
    return 1;
  }
}

// The stored row 0 and column 0 are, of the upright picture: 1 top and left, 2 top and right, 3 bottom and right,
// 4 bottom and left, 5 left and top, 6 right and top, 7 right and bottom, 8 left and bottom.
Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  const bool transposed = orientation >= 5;
  const bool right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  const bool bottom = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  Image turned(transposed ? image.height : image.width, transposed ? image.width : image.height);
  for (int y = 0; y < turned.height; ++y) {
    std::uint8_t* to = turned.row(y);
    const int v = bottom ? turned.height - 1 - y : y;
    for (int x = 0; x < turned.width; ++x, to += 3) {
      const int u = right ? turned.width - 1 - x : x;
      std::copy_n(transposed ? image.row(u) + 3 * v : image.row(v) + 3 * u, 3, to);
    }
  }
  return turned;
}

}  // namespace miafr
