// One pair of functions for each format: what the header says, and the pixels as stored, without the orientation. Both
// throw ImageError without the file's name. A decoder is given a header whose size is within kMaxPixels, and refuses a
// file that decodes to another size.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/image/image.h"
#include "core/image/stored_image.h"

namespace miafr {

ImageHeader read_jpeg_header(std::string_view bytes);
Image decode_jpeg(std::string_view bytes, const ImageHeader& header);

ImageHeader read_png_header(std::string_view bytes);
Image decode_png(std::string_view bytes, const ImageHeader& header);

ImageHeader read_webp_header(std::string_view bytes);
Image decode_webp(std::string_view bytes, const ImageHeader& header);

ImageHeader read_tiff_header(std::string_view bytes);
Image decode_tiff(std::string_view bytes, const ImageHeader& header);

ImageHeader read_bmp_header(std::string_view bytes);
Image decode_bmp(std::string_view bytes, const ImageHeader& header);

ImageHeader read_netpbm_header(std::string_view bytes);
Image decode_netpbm(std::string_view bytes, const ImageHeader& header);

// RGBA, with alpha not multiplied in, over white: what the pictures that Stable Diffusion was trained on went through
// (img2dataset), and the paper that a cut-out face is printed on.
inline void put_over_white(const std::uint8_t* rgba, std::uint8_t* rgb) {
  const int alpha = rgba[3];
  for (int i = 0; i < 3; ++i) rgb[i] = static_cast<std::uint8_t>((rgba[i] * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace miafr
