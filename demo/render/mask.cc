#include "demo/render/mask.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace miafr::demo {
namespace {

// fillPoly takes fixed-point numbers.
constexpr int kShift = 4;

std::vector<cv::Point> fixed_point(const Points& outline, cv::Point origin) {
  std::vector<cv::Point> fixed;
  fixed.reserve(outline.size());
  for (const cv::Point2f& p : outline)
    fixed.emplace_back(cvRound((p.x - origin.x) * (1 << kShift)), cvRound((p.y - origin.y) * (1 << kShift)));
  return fixed;
}

cv::Rect bounds(const std::vector<Points>& outlines, cv::Size canvas) {
  cv::Rect box;
  for (const Points& outline : outlines) {
    float left = outline[0].x, right = left, top = outline[0].y, bottom = top;
    for (const cv::Point2f& p : outline) {
      left = std::min(left, p.x), right = std::max(right, p.x);
      top = std::min(top, p.y), bottom = std::max(bottom, p.y);
    }
    const cv::Point corner(cvFloor(left), cvFloor(top));
    box |= cv::Rect(corner, cv::Point(cvCeil(right) + 1, cvCeil(bottom) + 1));
  }
  return box & cv::Rect({}, canvas);
}

}  // namespace

Mask mask_of(const std::vector<Points>& outlines, cv::Size canvas) {
  Mask mask;
  mask.box = bounds(outlines, canvas);
  if (mask.box.empty()) return mask;
  mask.pixels = cv::Mat1b::zeros(mask.box.size());
  for (const Points& outline : outlines) {
    const std::vector<cv::Point> fixed = fixed_point(outline, mask.box.tl());
    const cv::Point* corners = fixed.data();
    const int count = static_cast<int>(fixed.size());
    cv::fillPoly(mask.pixels, &corners, &count, 1, cv::Scalar(255), cv::LINE_8, kShift);
  }
  return mask;
}

Mask softened(const Mask& mask, float radius, cv::Size canvas) {
  const int r = std::max(1, cvRound(radius));
  Mask soft;
  soft.box =
      cv::Rect(mask.box.x - r, mask.box.y - r, mask.box.width + 2 * r, mask.box.height + 2 * r) & cv::Rect({}, canvas);
  const cv::Rect seen = mask.box & soft.box;  // a moved mask may reach beyond the canvas
  if (seen.empty()) return {};
  soft.pixels = cv::Mat1b::zeros(soft.box.size());
  mask.pixels(seen - mask.box.tl()).copyTo(soft.pixels(seen - soft.box.tl()));
  const cv::Size kernel(r | 1, r | 1);
  // Twice a box is nearly a Gaussian. At the canvas's own border a shape is thought to go on.
  cv::blur(soft.pixels, soft.pixels, kernel, {-1, -1}, cv::BORDER_REPLICATE);
  cv::blur(soft.pixels, soft.pixels, kernel, {-1, -1}, cv::BORDER_REPLICATE);
  return soft;
}

Mask without(const Mask& mask, const Mask& hole) {
  Mask rest{mask.box, mask.pixels.clone()};
  const cv::Rect common = mask.box & hole.box;
  if (common.empty()) return rest;
  cv::Mat part = rest.pixels(common - mask.box.tl()), hidden = hole.pixels(common - hole.box.tl());
  cv::min(part, 255 - hidden, part);
  return rest;
}

Mask united(const Mask& one, const Mask& other) {
  if (one.box.empty()) return other;
  if (other.box.empty()) return one;
  Mask both{one.box | other.box, {}};
  both.pixels = cv::Mat1b::zeros(both.box.size());
  one.pixels.copyTo(both.pixels(one.box - both.box.tl()));
  cv::Mat part = both.pixels(other.box - both.box.tl()), added = other.pixels;
  cv::max(part, added, part);
  return both;
}

Mask moved(Mask mask, cv::Point by) {
  mask.box += by;
  return mask;
}

}  // namespace miafr::demo
