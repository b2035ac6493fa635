#include "demo/pretrain/face_pool.h"

#include <ATen/Parallel.h>

#include <opencv2/imgproc.hpp>
#include <utility>

namespace miafr::demo {

FacePool::FacePool(std::uint64_t first, std::int64_t count, std::uint64_t number)
    : drawn_(static_cast<std::size_t>(count)) {
  for (std::int64_t i = 0; i < count; ++i) plans_.push_back(photo_plan(first + static_cast<std::uint64_t>(i), number));
  at::parallel_for(0, count, 8, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const Rendering face = render(plans_[i]);
      drawn_[i].points = face.landmarks, drawn_[i].box = face.face;
      cv::cvtColor(face.image, drawn_[i].image, cv::COLOR_BGR2RGB);
    }
  });
}

float FacePool::years(std::int64_t i) const {
  return age_in_years(plan(i).age, draw_nuisance(plan(i).nuisance).age_jitter);
}

TruePhoto FacePool::photo(std::int64_t i) const {
  const Drawn& drawn = drawn_[static_cast<std::size_t>(i)];
  TruePhoto photo{{}, drawn.points, drawn.box};
  drawn.image.convertTo(photo.image, CV_32F);
  return photo;
}

void FacePool::replace(std::int64_t i, const cv::Mat3f& image) {
  image.convertTo(drawn_[static_cast<std::size_t>(i)].image, CV_8U);
}

TruePhoto mirrored(const TruePhoto& photo) {
  TruePhoto result = photo;
  cv::flip(photo.image, result.image, 1);
  const auto last = static_cast<float>(photo.image.cols - 1);
  for (cv::Point2f& point : result.points) point.x = last - point.x;
  std::swap(result.points[0], result.points[1]);
  std::swap(result.points[3], result.points[4]);
  result.box.x = last - photo.box.x - photo.box.width;
  return result;
}

at::Tensor to_tensor(const std::vector<cv::Mat3f>& images) {
  std::vector<at::Tensor> all;
  for (const cv::Mat3f& image : images) {
    const cv::Mat3f whole = image.isContinuous() ? image : image.clone();
    all.push_back(at::from_blob(whole.data, {whole.rows, whole.cols, 3}, at::kFloat).permute({2, 0, 1}).contiguous());
  }
  return at::stack(all);
}

at::Tensor to_tensor(const std::vector<std::array<cv::Point2f, 5>>& points) {
  at::Tensor all = at::empty({static_cast<std::int64_t>(points.size()), 5, 2});
  float* next = all.data_ptr<float>();
  for (const auto& face : points)
    for (const cv::Point2f& point : face) *next++ = point.x, *next++ = point.y;
  return all;
}

}  // namespace miafr::demo
