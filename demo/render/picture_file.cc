#include "demo/render/picture_file.h"

#include <png.h>

#include "core/base/errors.h"

namespace miafr::demo {

void write_picture(const std::filesystem::path& file, const cv::Mat& picture) {
  png_image png = {};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(picture.cols);
  png.height = static_cast<png_uint_32>(picture.rows);
  png.format = PNG_FORMAT_BGR;
  if (!png_image_write_to_file(&png, file.c_str(), /*convert_to_8_bit=*/0, picture.data,
                               static_cast<png_int_32>(picture.step[0]), /*colormap=*/nullptr))
    throw Error(file.string() + ": cannot be written: " + png.message);
}

}  // namespace miafr::demo
