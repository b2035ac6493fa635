// Binary PGM (P5) and PPM (P6): "P6 width height maxval", one white space, then the samples, of two bytes (the high one
// first) where maxval is over 255. Face collections from before JPEG are kept so.
#include <cctype>

#include "core/image/decoders.h"
#include "core/image/image_bytes.h"

namespace miafr {
namespace {

[[noreturn]] void damaged(const char* why) {
  throw ImageError(ImageFault::kDamaged, std::string("a damaged PGM or PPM file: ") + why);
}

// A number after white space and comments, which go from # to the end of the line.
std::int64_t read_number(std::string_view bytes, std::size_t& at) {
  const auto byte = [&] { return static_cast<unsigned char>(part_of(bytes, at, 1)[0]); };
  while (std::isspace(byte()) || byte() == '#') {
    if (byte() == '#')
      while (byte() != '\n') ++at;
    ++at;
  }
  if (!std::isdigit(byte())) damaged("a number is missing in its header");
  std::int64_t number = 0;
  for (; std::isdigit(byte()); ++at)
    if (number <= INT32_MAX) number = 10 * number + (byte() - '0');
  return number;
}

struct NetpbmLayout {
  std::int64_t width = 0, height = 0, maxval = 0;
  std::size_t channels = 0, pixels = 0;
};

NetpbmLayout layout_of(std::string_view bytes) {
  NetpbmLayout layout;
  layout.channels = bytes[1] == '6' ? 3 : 1;
  std::size_t at = 2;
  layout.width = read_number(bytes, at);
  layout.height = read_number(bytes, at);
  layout.maxval = read_number(bytes, at);
  if (layout.maxval < 1 || layout.maxval > 65535) damaged("its largest value must be 1 to 65535");
  layout.pixels = at + 1;
  return layout;
}

}  // namespace

ImageHeader read_netpbm_header(std::string_view bytes) {
  const NetpbmLayout layout = layout_of(bytes);
  ImageHeader header;
  header.format = ImageFormat::kNetpbm;
  header.width = layout.width;
  header.height = layout.height;
  return header;
}

Image decode_netpbm(std::string_view bytes, const ImageHeader& header) {
  const NetpbmLayout layout = layout_of(bytes);
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  const std::size_t size = layout.maxval > 255 ? 2 : 1, step = size * layout.channels;
  const std::size_t pixels = image.pixels.size() / 3;
  if (layout.pixels > bytes.size() || bytes.size() - layout.pixels < pixels * step)
    throw ImageError(ImageFault::kTruncated, "a truncated PGM or PPM file: it ends too early");
  const auto* sample = reinterpret_cast<const unsigned char*>(bytes.data()) + layout.pixels;
  for (std::size_t i = 0; i < pixels; ++i, sample += step)
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned char* at = sample + (layout.channels == 3 ? c * size : 0);
      const std::int64_t value = size == 2 ? at[0] << 8 | at[1] : at[0];
      if (value > layout.maxval) damaged("a value over its largest");
      image.pixels[3 * i + c] = static_cast<std::uint8_t>((value * 255 + layout.maxval / 2) / layout.maxval);
    }
  return image;
}

}  // namespace miafr
