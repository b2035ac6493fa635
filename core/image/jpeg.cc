#include "core/image/jpeg.h"

#include <cstdio>
// jpeglib.h needs <cstdio> before it.
#include <jpeglib.h>

#include <cstdlib>

#include "core/base/errors.h"

namespace miafr {
namespace {

// libjpeg reports through a C callback; what is thrown there passes through it, as through libpng.
[[noreturn]] void fail(j_common_ptr jpeg) {
  char text[JMSG_LENGTH_MAX] = {};
  (*jpeg->err->format_message)(jpeg, text);
  throw Error(std::string("a picture cannot be written as JPEG: ") + text);
}

void keep_quiet(j_common_ptr) {}

struct Compressor {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  unsigned char* bytes = nullptr;  // libjpeg's, from malloc
  unsigned long size = 0;

  Compressor() {
    info.err = jpeg_std_error(&errors);
    errors.error_exit = fail;
    errors.output_message = keep_quiet;
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, &bytes, &size);
  }
  ~Compressor() {
    jpeg_destroy_compress(&info);
    std::free(bytes);
  }
};

}  // namespace

std::string encode_jpeg(const Image& image, int quality) {
  Compressor jpeg;
  jpeg.info.image_width = static_cast<JDIMENSION>(image.width);
  jpeg.info.image_height = static_cast<JDIMENSION>(image.height);
  jpeg.info.input_components = 3;
  jpeg.info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg.info);
  jpeg_set_quality(&jpeg.info, quality, /*force_baseline=*/TRUE);
  jpeg_start_compress(&jpeg.info, TRUE);
  for (int y = 0; y < image.height; ++y) {
    auto row = const_cast<JSAMPROW>(image.row(y));
    jpeg_write_scanlines(&jpeg.info, &row, 1);
  }
  jpeg_finish_compress(&jpeg.info);
  return {reinterpret_cast<const char*>(jpeg.bytes), jpeg.size};
}

}  // namespace miafr
