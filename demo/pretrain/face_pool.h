// Drawn people in memory, with the truth that the networks which look at them are taught.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

#include "demo/pretrain/world.h"

namespace miafr::demo {

struct TruePhoto {
  cv::Mat3f image;                    // RGB 0..255
  std::array<cv::Point2f, 5> points;  // as Rendering has them
  cv::Rect2f box;
};

class FacePool {
 public:
  // Photo `number` of `count` people from `first` on; drawn on all threads.
  FacePool(std::uint64_t first, std::int64_t count, std::uint64_t number = 0);

  std::int64_t size() const { return static_cast<std::int64_t>(plans_.size()); }
  const PhotoPlan& plan(std::int64_t i) const { return plans_[static_cast<std::size_t>(i)]; }
  float years(std::int64_t i) const;
  TruePhoto photo(std::int64_t i) const;
  // Another picture of the same face in the same place; RGB 0..255.
  void replace(std::int64_t i, const cv::Mat3f& image);

 private:
  struct Drawn {
    cv::Mat3b image;  // RGB
    std::array<cv::Point2f, 5> points;
    cv::Rect2f box;
  };
  std::vector<PhotoPlan> plans_;
  std::vector<Drawn> drawn_;
};

// Left and right exchanged.
TruePhoto mirrored(const TruePhoto& photo);

// [N,3,64,64] float32, RGB 0..255.
at::Tensor to_tensor(const std::vector<cv::Mat3f>& images);

// [N,5,2] float32.
at::Tensor to_tensor(const std::vector<std::array<cv::Point2f, 5>>& points);

}  // namespace miafr::demo
