// A picture in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace miafr {

// Rows from the top, RGB of 8 bits, without padding: pixels is [height, width, 3].
struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;

  Image() = default;
  Image(int width, int height) : width(width), height(height), pixels(std::size_t{3} * width * height) {}

  std::uint8_t* row(int y) { return pixels.data() + std::size_t{3} * width * y; }
  const std::uint8_t* row(int y) const { return pixels.data() + std::size_t{3} * width * y; }
};

}  // namespace miafr
