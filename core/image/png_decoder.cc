#include <png.h>

#include <cstring>
#include <string>

#include "core/image/decoders.h"
#include "core/image/image_bytes.h"
#include "core/image/orientation.h"

namespace miafr {
namespace {

[[noreturn]] void fail(png_structp, png_const_charp reason) {
  throw ImageError(ImageFault::kDamaged, std::string("a damaged PNG file: ") + reason);
}
void ignore_warning(png_structp, png_const_charp) {}

void read_bytes(png_structp png, png_bytep to, std::size_t size) {
  std::string_view& rest = *static_cast<std::string_view*>(png_get_io_ptr(png));
  if (size > rest.size()) throw ImageError(ImageFault::kTruncated, "a truncated PNG file: it ends too early");
  std::memcpy(to, rest.data(), size);
  rest.remove_prefix(size);
}

struct Reader {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, fail, ignore_warning);
  png_infop info = png_create_info_struct(png);
  ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
};

// Every checksum counts, and profiles and texts, which may inflate to any size, are passed over.
void set_guards(png_structp png) {
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
  png_set_crc_action(png, PNG_CRC_QUIET_USE, PNG_CRC_QUIET_USE);  // else nearly every changed input stops at the door
#else
  png_set_crc_action(png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
#endif
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER,
                              reinterpret_cast<png_const_bytep>("iCCP\0iTXt\0tEXt\0zTXt\0sPLT\0eXIf"), 6);
  png_set_chunk_malloc_max(png, 1 << 20);
}

}  // namespace

// IHDR comes first; the orientation's chunk may come after the pixels (PNG 3rd edition, 11.2.1 and 11.3.4.6).
ImageHeader read_png_header(std::string_view bytes) {
  ImageHeader header;
  header.format = ImageFormat::kPng;
  if (part_of(bytes, 12, 4) != "IHDR") throw ImageError(ImageFault::kDamaged, "a damaged PNG file: no IHDR");
  header.width = big_endian(bytes, 16, 4);
  header.height = big_endian(bytes, 20, 4);
  for (std::size_t at = 8; at < bytes.size();) {
    if (bytes.size() - at < 12) break;  // truncated, which the decoder says
    const std::size_t length = big_endian(bytes, at, 4);
    const std::string_view type = bytes.substr(at + 4, 4);
    if (type == "IEND" || length > bytes.size() - at - 12) break;
    if (type == "eXIf") header.orientation = exif_orientation(bytes.substr(at + 8, length));
    at += 12 + length;
  }
  return header;
}

Image decode_png(std::string_view bytes, const ImageHeader& header) {
  Reader reader;
  const png_structp png = reader.png;
  std::string_view rest = bytes;
  png_set_read_fn(png, &rest, read_bytes);
  set_guards(png);
  png_read_info(png, reader.info);
  png_set_expand(png);    // palette to RGB, fewer than 8 bits to 8, a transparent colour to alpha
  png_set_scale_16(png);  // round(v / 257)
  png_set_gray_to_rgb(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, reader.info);
  const bool alpha = png_get_channels(png, reader.info) == 4;
  Image image;
  image.width = static_cast<int>(header.width);
  image.height = static_cast<int>(header.height);
  const std::size_t pixels = std::size_t(image.width) * image.height, row_size = png_get_rowbytes(png, reader.info);
  image.pixels.resize(pixels * (alpha ? 4 : 3));
  if (row_size * image.height != image.pixels.size()) fail(png, "two sizes");
  std::vector<png_bytep> rows(image.height);
  for (int y = 0; y < image.height; ++y) rows[y] = image.pixels.data() + row_size * y;
  png_read_image(png, rows.data());
  png_read_end(png, nullptr);
  if (alpha)
    for (std::size_t i = 0; i < pixels; ++i) put_over_white(&image.pixels[4 * i], &image.pixels[3 * i]);
  image.pixels.resize(pixels * 3);
  return image;
}

}  // namespace miafr
