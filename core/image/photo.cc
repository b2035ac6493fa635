#include "core/image/photo.h"

#include <opencv2/imgproc.hpp>

#include "core/image/read_image.h"

namespace miafr {

at::Tensor to_tensor(const Image& image) {
  const at::Tensor tensor = at::empty({image.height, image.width, 3}, at::kByte);
  std::copy(image.pixels.begin(), image.pixels.end(), tensor.data_ptr<std::uint8_t>());
  return tensor;
}

at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width) {
  Image image = read_image(file);
  const bool smaller = width < image.width || height < image.height;
  const cv::Mat rgb(image.height, image.width, CV_8UC3, image.pixels.data());
  cv::Mat sized;
  cv::resize(rgb, sized, cv::Size(width, height), 0, 0, smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  return at::from_blob(sized.data, {height, width, 3}, at::kByte).clone();
}

}  // namespace miafr
