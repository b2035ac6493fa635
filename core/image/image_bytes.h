// Numbers from the bytes of an image file; one beyond the end means that the file is truncated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/image/image_error.h"

namespace miafr {

inline std::string_view part_of(std::string_view bytes, std::size_t at, std::size_t size) {
  if (at > bytes.size() || size > bytes.size() - at)
    throw ImageError(ImageFault::kTruncated, "truncated: it ends within its header");
  return bytes.substr(at, size);
}

// The number in `size` bytes, at most 4, of which the most significant comes first, or last.
inline std::uint32_t big_endian(std::string_view bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (const char byte : part_of(bytes, at, size)) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

inline std::uint32_t little_endian(std::string_view bytes, std::size_t at, int size) {
  std::uint32_t value = 0;
  for (int i = 0; i < size; ++i) value |= big_endian(bytes, at + i, 1) << 8 * i;
  return value;
}

}  // namespace miafr
