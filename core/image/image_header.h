// What an image file says of itself, read before anything is decoded.
#pragma once

#include <string_view>

#include "core/image/stored_image.h"

namespace miafr {

// Reads the header. What a file is follows from its bytes alone, never from its name. Throws ImageError: kNotAnImage;
// kUnsupported for formats that are recognised and not read (GIF, HEIC, AVIF, JPEG 2000, JPEG XL, PSD, ASCII Netpbm)
// and variants that are not; kTooLarge over kMaxPixels; kTruncated; kDamaged. The text does not name the file.
ImageHeader read_image_header(std::string_view bytes);

}  // namespace miafr
