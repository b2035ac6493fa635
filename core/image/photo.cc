#include "core/image/photo.h"

#include <opencv2/imgproc.hpp>

#include "core/image/read_image.h"

namespace miafr {

at::Tensor to_tensor(const Image& image) {
  const at::Tensor tensor = at::empty({image.height, image.width, 3}, at::kByte);
  std::copy(image.pixels.begin(), image.pixels.end(), tensor.data_ptr<std::uint8_t>());
  return tensor;
}

at::Tensor resized(const at::Tensor& pixels, int64_t height, int64_t width) {
  const at::Tensor from = pixels.contiguous();
  const bool smaller = width < from.size(1) || height < from.size(0);
  const cv::Mat rgb(static_cast<int>(from.size(0)), static_cast<int>(from.size(1)), CV_8UC3, from.data_ptr());
  const at::Tensor to = at::empty({height, width, 3}, at::kByte);
  cv::Mat sized(static_cast<int>(height), static_cast<int>(width), CV_8UC3, to.data_ptr());
  cv::resize(rgb, sized, sized.size(), 0, 0, smaller ? cv::INTER_AREA : cv::INTER_CUBIC);
  return to;
}

at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width) {
  return resized(to_tensor(read_image(file)), height, width);
}

}  // namespace miafr
