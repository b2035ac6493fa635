// From the head to the picture.
#pragma once

#include <opencv2/core.hpp>

#include "demo/render/nuisance.h"

namespace miafr::demo {

// Turns the head about its middle and looks at it from far away (orthographic projection).
class Pose {
 public:
  // centre_y: what comes to the middle of the picture, head units. side: of the canvas, pixels.
  Pose(const Nuisance& nuisance, float centre_y, float size, float side);

  // Head units (x right, y down, z to the viewer) to canvas pixels.
  cv::Point2f at(float x, float y, float z) const;
  float unit() const { return unit_; }  // pixels per head unit
  float roll() const { return roll_; }

 private:
  float centre_y_, unit_, roll_;
  float cos_yaw_, sin_yaw_, cos_pitch_, sin_pitch_, cos_roll_, sin_roll_;
  cv::Point2f middle_;
};

}  // namespace miafr::demo
