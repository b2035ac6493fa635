#include "demo/render/curve.h"

#include <algorithm>
#include <cmath>

namespace miafr::demo {
namespace {

cv::Point2f between(cv::Point2f a, cv::Point2f b, cv::Point2f c, cv::Point2f d, float t) {
  return 0.5F * (2 * b + t * (c - a) + t * t * (2 * a - 5 * b + 4 * c - d) + t * t * t * (3 * (b - c) + d - a));
}

}  // namespace

Points smooth_closed(const Points& through) {
  const std::size_t n = through.size();
  Points line;
  line.reserve(n * kSteps);
  for (std::size_t i = 0; i < n; ++i)
    for (int step = 0; step < kSteps; ++step)
      line.push_back(between(through[(i + n - 1) % n], through[i], through[(i + 1) % n], through[(i + 2) % n],
                             static_cast<float>(step) / kSteps));
  return line;
}

Points smooth_open(const Points& through) {
  const std::size_t n = through.size();
  Points line;
  line.reserve(n * kSteps);
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const cv::Point2f a = through[i == 0 ? 0 : i - 1], d = through[std::min(i + 2, n - 1)];
    for (int step = 0; step < kSteps; ++step)
      line.push_back(between(a, through[i], through[i + 1], d, static_cast<float>(step) / kSteps));
  }
  line.push_back(through.back());
  return line;
}

Points ellipse(cv::Point2f centre, float radius_x, float radius_y, float angle) {
  constexpr int kCorners = 28;
  const float c = std::cos(angle), s = std::sin(angle);
  Points outline(kCorners);
  for (int i = 0; i < kCorners; ++i) {
    const float phi = 2 * static_cast<float>(CV_PI) * i / kCorners;
    const float x = radius_x * std::cos(phi), y = radius_y * std::sin(phi);
    outline[i] = centre + cv::Point2f(c * x - s * y, s * x + c * y);
  }
  return outline;
}

Points stroke(const Points& line, float width, float begin, float end) {
  const std::size_t n = line.size();
  Points outline(2 * n);
  for (std::size_t i = 0; i < n; ++i) {
    const cv::Point2f along = line[std::min(i + 1, n - 1)] - line[i == 0 ? 0 : i - 1];
    const float length = std::max(1e-6F, std::hypot(along.x, along.y));
    const float t = n > 1 ? static_cast<float>(i) / static_cast<float>(n - 1) : 0.5F;
    const float belly = 4 * t * (1 - t), ends = begin + (end - begin) * t;
    const float half = 0.5F * width * (ends + (1 - ends) * belly);
    const cv::Point2f across(-along.y * half / length, along.x * half / length);
    outline[i] = line[i] + across;
    outline[2 * n - 1 - i] = line[i] - across;
  }
  return outline;
}

}  // namespace miafr::demo
