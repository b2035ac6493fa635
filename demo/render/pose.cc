#include "demo/render/pose.h"

#include <cmath>

namespace miafr::demo {
namespace {

constexpr float kUnit = 0.395F;  // head units to image sides: a head with its hair fills the picture, shoulders seen

}  // namespace

Pose::Pose(const Nuisance& nuisance, float centre_y, float size, float side)
    : centre_y_(centre_y),
      unit_(kUnit * nuisance.scale * size * side),
      roll_(nuisance.roll),
      cos_yaw_(std::cos(nuisance.yaw)),
      sin_yaw_(std::sin(nuisance.yaw)),
      cos_pitch_(std::cos(nuisance.pitch)),
      sin_pitch_(std::sin(nuisance.pitch)),
      cos_roll_(std::cos(nuisance.roll)),
      sin_roll_(std::sin(nuisance.roll)),
      middle_(side * (0.5F + nuisance.shift_x) - 0.5F, side * (0.5F + nuisance.shift_y) - 0.5F) {}

cv::Point2f Pose::at(float x, float y, float z) const {
  const float ahead = z * cos_yaw_ - x * sin_yaw_;
  x = x * cos_yaw_ + z * sin_yaw_;
  y = (y - centre_y_) * cos_pitch_ - ahead * sin_pitch_;
  return middle_ + unit_ * cv::Point2f(x * cos_roll_ - y * sin_roll_, x * sin_roll_ + y * cos_roll_);
}

}  // namespace miafr::demo
