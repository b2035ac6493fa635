#include "demo/render/relief.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace miafr::demo {
namespace {

constexpr int kStep = 2;          // canvas pixels per height: slopes are smooth
constexpr float kWrapped = 0.3F;  // skin and hair scatter light beyond where it would end (half-Lambert shading)

}  // namespace

Relief::Relief(const cv::Rect& box, float unit)
    : box_(box), unit_(unit), height_((box.height + kStep - 1) / kStep, (box.width + kStep - 1) / kStep, 0.F) {}

void Relief::inflate(const Mask& shape, float radius, float height) {
  const cv::Rect common = shape.box & box_;
  if (common.empty()) return;
  cv::Mat1b whole = cv::Mat1b::zeros(height_.size() * kStep);
  shape.pixels(common - shape.box.tl()).copyTo(whole(common - box_.tl()));
  cv::Mat1b small;
  cv::resize(whole, small, height_.size(), 0, 0, cv::INTER_AREA);
  cv::Mat1f cushion;
  small.convertTo(cushion, CV_32F, height / 255);
  const int side = std::max(1, cvRound(radius / kStep)) | 1;
  for (int i = 0; i < 2; ++i) cv::blur(cushion, cushion, {side, side}, {-1, -1}, cv::BORDER_REPLICATE);
  height_ += cushion;
}

void Relief::bump(cv::Point2f centre, float radius_x, float radius_y, float height, float angle) {
  const float x0 = (centre.x - box_.x) / kStep, y0 = (centre.y - box_.y) / kStep;
  const float rx = radius_x / kStep, ry = radius_y / kStep, reach = std::max(rx, ry);
  const float c = std::cos(angle), s = std::sin(angle);
  const int left = std::max(0, cvFloor(x0 - reach)), right = std::min(height_.cols - 1, cvCeil(x0 + reach));
  const int top = std::max(0, cvFloor(y0 - reach)), bottom = std::min(height_.rows - 1, cvCeil(y0 + reach));
  for (int y = top; y <= bottom; ++y) {
    float* row = height_[y];
    for (int x = left; x <= right; ++x) {
      const float dx = x - x0, dy = y - y0, u = (c * dx + s * dy) / rx, v = (c * dy - s * dx) / ry;
      const float rest = std::max(0.F, 1 - u * u - v * v);
      row[x] += height * rest * rest;
    }
  }
}

cv::Mat1b Relief::lit(const Light& light) const {
  cv::Mat1b small(height_.size());
  const float scale = unit_ / (2 * kStep);
  for (int y = 0; y < height_.rows; ++y) {
    const float *row = height_[y], *above = height_[std::max(0, y - 1)],
                *below = height_[std::min(height_.rows - 1, y + 1)];
    std::uint8_t* out = small[y];
    for (int x = 0; x < height_.cols; ++x) {
      const float dx = scale * (row[std::min(x + 1, height_.cols - 1)] - row[std::max(0, x - 1)]);
      const float dy = scale * (below[x] - above[x]);
      const float facing =
          (light.direction[2] - dx * light.direction[0] - dy * light.direction[1]) / std::sqrt(1 + dx * dx + dy * dy);
      const float wrapped = std::max(0.F, (facing + kWrapped) / (1 + kWrapped));
      out[x] = static_cast<std::uint8_t>(std::min(255.F, 255 * wrapped));
    }
  }
  cv::Mat1b lit;
  cv::resize(small, lit, {height_.cols * kStep, height_.rows * kStep}, 0, 0, cv::INTER_LINEAR);
  return lit(cv::Rect({}, box_.size()));
}

}  // namespace miafr::demo
