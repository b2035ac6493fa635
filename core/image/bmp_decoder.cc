// BMP without compression: rows of 1, 4 or 8 bits with a palette, 24 or 32 bits (Windows' BITMAPINFOHEADER and later).
// OpenCV, which reads it too, takes a truncated file for a whole one and reports on stderr.
#include <cstdlib>
#include <string>

#include "core/image/decoders.h"
#include "core/image/image_bytes.h"

namespace miafr {
namespace {

constexpr std::size_t kFileHeader = 14;

struct BmpLayout {
  std::int64_t width = 0, height = 0;
  bool from_top = false;
  std::size_t bits = 0, row_size = 0, pixels = 0, palette = 0, colours = 0;  // the last: 0 without a palette
};

[[noreturn]] void unsupported(const std::string& what) {
  throw ImageError(ImageFault::kUnsupported, "BMP " + what + " is not read; convert it to PNG");
}

// 32 bits may name their channels; blue, green, red, unused is what everybody writes.
bool usual_masks(std::string_view bytes) {
  return little_endian(bytes, 54, 4) == 0xff0000 && little_endian(bytes, 58, 4) == 0xff00 &&
         little_endian(bytes, 62, 4) == 0xff;
}

BmpLayout layout_of(std::string_view bytes) {
  BmpLayout layout;
  const std::size_t header = little_endian(bytes, kFileHeader, 4);
  if (header < 40) unsupported("with OS/2's header");
  layout.pixels = little_endian(bytes, 10, 4);
  layout.width = static_cast<std::int32_t>(little_endian(bytes, 18, 4));
  const std::int64_t height = static_cast<std::int32_t>(little_endian(bytes, 22, 4));
  layout.from_top = height < 0;
  layout.height = std::abs(height);
  layout.bits = little_endian(bytes, 28, 2);
  const std::uint32_t compression = little_endian(bytes, 30, 4), colours = little_endian(bytes, 46, 4);
  if (compression != 0 && !(compression == 3 && layout.bits == 32 && usual_masks(bytes)))
    unsupported("with compression");
  if (layout.bits != 1 && layout.bits != 4 && layout.bits != 8 && layout.bits != 24 && layout.bits != 32)
    unsupported("of " + std::to_string(layout.bits) + " bits");
  layout.palette = kFileHeader + header;
  if (layout.bits <= 8) layout.colours = std::size_t{1} << layout.bits;
  if (colours != 0 && colours < layout.colours) layout.colours = colours;
  layout.row_size = (std::size_t(std::max<std::int64_t>(layout.width, 0)) * layout.bits + 31) / 32 * 4;
  return layout;
}

void read_palette_row(std::string_view row, std::string_view palette, const BmpLayout& layout, std::uint8_t* rgb) {
  const std::size_t bits = layout.bits, mask = (1u << bits) - 1;
  for (std::int64_t x = 0; x < layout.width; ++x, rgb += 3) {
    const std::size_t bit = x * bits;
    const std::size_t index = static_cast<unsigned char>(row[bit / 8]) >> (8 - bits - bit % 8) & mask;
    if (index >= layout.colours)
      throw ImageError(ImageFault::kDamaged, "a damaged BMP file: a colour without an entry");
    for (int c = 0; c < 3; ++c) rgb[c] = static_cast<std::uint8_t>(palette[4 * index + 2 - c]);
  }
}

}  // namespace

ImageHeader read_bmp_header(std::string_view bytes) {
  const BmpLayout layout = layout_of(bytes);
  ImageHeader header;
  header.format = ImageFormat::kBmp;
  header.width = layout.width;
  header.height = layout.height;
  return header;
}

Image decode_bmp(std::string_view bytes, const ImageHeader& header) {
  const BmpLayout layout = layout_of(bytes);
  const std::string_view palette = part_of(bytes, layout.palette, 4 * layout.colours);
  if (layout.pixels > bytes.size() || bytes.size() - layout.pixels < layout.row_size * header.height)
    throw ImageError(ImageFault::kTruncated, "a truncated BMP file: it ends too early");
  Image image(static_cast<int>(header.width), static_cast<int>(header.height));
  for (int y = 0; y < image.height; ++y) {
    const int stored = layout.from_top ? y : image.height - 1 - y;
    const std::string_view row = bytes.substr(layout.pixels + layout.row_size * stored, layout.row_size);
    std::uint8_t* rgb = image.row(y);
    if (layout.colours > 0) {
      read_palette_row(row, palette, layout, rgb);
      continue;
    }
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) rgb[3 * x + c] = static_cast<std::uint8_t>(row[x * layout.bits / 8 + 2 - c]);
  }
  return image;
}

}  // namespace miafr
