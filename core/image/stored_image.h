// The formats of images that are read, and what a file's header tells.
#pragma once

#include <cstdint>

namespace miafr {

// 64 Mi pixels, so that the 9248 x 6944 of a phone's 64-megapixel camera are in.
inline constexpr std::int64_t kMaxPixels = std::int64_t{64} << 20;
inline constexpr std::int64_t kMaxFileBytes = std::int64_t{256} << 20;

enum class ImageFormat {
  kJpeg,    // 8 bits; grey, colour, CMYK; baseline and progressive
  kPng,     // all of it; of an animation the first picture
  kWebp,    // lossy and lossless, not animated
  kTiff,    // 1 to 16 bits; grey, RGB, palette, CMYK, YCbCr; of several pages the first
  kBmp,     // not compressed
  kNetpbm,  // binary PGM and PPM, 8 and 16 bits
};

struct ImageHeader {
  ImageFormat format = ImageFormat::kJpeg;
  std::int64_t width = 0, height = 0;  // as stored, before the orientation is applied; at least 1
  int orientation = 1;                 // EXIF's, 1 to 8
};

}  // namespace miafr
