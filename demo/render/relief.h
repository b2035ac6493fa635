// Volumes: a height over the picture, of which the light sees the slopes.
#pragma once

#include <opencv2/core.hpp>

#include "demo/render/mask.h"

namespace miafr::demo {

struct Light {
  cv::Vec3f direction;  // towards the light; x right, y down, z to the viewer; length 1
  float contrast;       // 0 flat .. 1 hard
  float warmth;         // -1 cool .. 1 warm
};

class Relief {
 public:
  // Over the canvas pixels of `box`. `unit`: pixels per head unit, the measure of all heights.
  Relief(const cv::Rect& box, float unit);

  // Blows a shape up like a cushion, round over `radius` pixels from its edge and `height` head units high.
  void inflate(const Mask& shape, float radius, float height);
  // A round hill (or dent); radii in pixels, height in head units.
  void bump(cv::Point2f centre, float radius_x, float radius_y, float height, float angle = 0);

  const cv::Rect& box() const { return box_; }
  // [box.height, box.width], 0 (turned away) .. 255 (facing the light).
  cv::Mat1b lit(const Light& light) const;

 private:
  cv::Rect box_;
  float unit_;
  cv::Mat1f height_;  // half the box's resolution, head units
};

}  // namespace miafr::demo
