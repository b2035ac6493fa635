#include "core/image/photo.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/runtime/errors.h"

namespace miafr {

at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width) {
  if (!std::filesystem::is_regular_file(file)) throw Error(file.string() + ": no such file");
  cv::Mat bgr;
  try {
    bgr = cv::imread(file.string(), cv::IMREAD_COLOR);  // upright by its EXIF orientation
  } catch (const cv::Exception&) {
  }
  if (bgr.empty()) throw Error(file.string() + ": not an image that can be read; JPEG and PNG can");
  const bool smaller = width < bgr.cols || height < bgr.rows;
  cv::Mat sized, rgb;
  cv::resize(bgr, sized, cv::Size(width, height), 0, 0, smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  cv::cvtColor(sized, rgb, cv::COLOR_BGR2RGB);
  return at::from_blob(rgb.data, {height, width, 3}, at::kByte).clone();
}

}  // namespace miafr
