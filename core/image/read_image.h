// An image file as RGB, upright; or the reason why not.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/image/image.h"
#include "core/image/image_error.h"

namespace miafr {

// JPEG, PNG, WebP, TIFF, BMP, PGM and PPM (image_header.h says which kinds of each), told apart by their bytes. Grey
// becomes RGB, 16 bits are scaled to 8 (of TIFF the high byte is taken), CMYK is converted without a profile (as Pillow
// does), transparent parts lie on white, colour profiles are ignored, and the EXIF orientation is applied.
//
// A file is used whole or not at all: what is truncated or damaged, where its format lets us tell, is refused instead
// of filled with grey. Memory stays under about 1.2 GiB whatever the file says of itself, and nothing is written to
// stderr. Throws ImageError "FILE: what is wrong", in one line.
Image read_image(const std::filesystem::path& file);

// The file's bytes, for those who want their hash too. Refuses what is no regular file, is empty or over kMaxFileBytes.
std::string read_image_bytes(const std::filesystem::path& file);

// The same as read_image of bytes in memory; the errors name no file.
Image decode_image(std::string_view bytes);

}  // namespace miafr
