#include "demo/pretrain/disturbances.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace miafr::demo {
namespace {

constexpr float kDegree = 3.14159265F / 180;

cv::Mat2f white_noise(cv::Size size, Random& random) {
  cv::Mat2f noise(size);
  for (cv::Vec2f& v : noise) v = {normal(random), normal(random)};
  return noise;
}

// What was white, made smooth over about `grain` pixels, its deviation 1 again.
template <class Noise>
Noise smoothed(const Noise& noise, float grain) {
  if (grain < 1) return noise;
  const float sigma = grain / 2;
  Noise smooth;
  cv::GaussianBlur(noise, smooth, {}, sigma, sigma, cv::BORDER_REFLECT);
  return smooth * (2 * std::sqrt(3.14159265F) * sigma);
}

bool all_inside(const TruePhoto& photo) {
  const cv::Rect2f frame(1, 1, static_cast<float>(photo.image.cols - 3), static_cast<float>(photo.image.rows - 3));
  return frame.contains(photo.box.tl()) && frame.contains(photo.box.br());
}

TruePhoto carried(const TruePhoto& photo, const cv::Matx23f& m, int border, const cv::Scalar& color) {
  TruePhoto result = photo;
  cv::warpAffine(photo.image, result.image, m, photo.image.size(), cv::INTER_LINEAR, border, color);
  const auto at = [&](const cv::Point2f& p) {
    return cv::Point2f(m(0, 0) * p.x + m(0, 1) * p.y + m(0, 2), m(1, 0) * p.x + m(1, 1) * p.y + m(1, 2));
  };
  for (cv::Point2f& point : result.points) point = at(point);
  // The box keeps its shape: it turns by a few degrees at most.
  const float scale = std::hypot(m(0, 0), m(0, 1));
  const cv::Point2f centre = at((photo.box.tl() + photo.box.br()) / 2);
  const cv::Size2f size(scale * photo.box.width, scale * photo.box.height);
  result.box = {centre.x - size.width / 2, centre.y - size.height / 2, size.width, size.height};
  return result;
}

}  // namespace

float normal(Random& random) { return 2 * random.around_zero(); }

cv::Mat3f smooth_noise(cv::Size size, float grain, Random& random) {
  cv::Mat3f noise(size);
  for (cv::Vec3f& v : noise) v = {normal(random), normal(random), normal(random)};
  return smoothed(noise, grain);
}

cv::Mat2f smooth_displacement(cv::Size size, float wavelength, float amount, Random& random) {
  return smoothed(white_noise(size, random), wavelength / 2) * amount;
}

cv::Mat3f displaced(const cv::Mat3f& image, const cv::Mat2f& by) {
  cv::Mat2f from(image.size());
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x)
      from(y, x) = by(y, x) + cv::Vec2f(static_cast<float>(x), static_cast<float>(y));
  cv::Mat3f result;
  cv::remap(image, result, from, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);
  return result;
}

cv::Mat3f as_painted(const cv::Mat3f& image, Random& random) {
  cv::Mat3f result = image.clone();
  if (random.chance(0.3F))
    result = displaced(result, smooth_displacement(image.size(), 16, random.uniform(0, 0.5F), random));
  if (random.chance(0.3F)) {
    const int side = static_cast<int>(random.uniform(0.6F, 1) * static_cast<float>(image.cols));
    cv::Mat3f small;
    cv::resize(result, small, {side, side}, 0, 0, cv::INTER_AREA);
    cv::resize(small, result, image.size(), 0, 0, cv::INTER_CUBIC);
  }
  if (random.chance(0.5F)) {
    const double sigma = random.uniform(0.2F, 1.0F);
    cv::GaussianBlur(result, result, {}, sigma, sigma, cv::BORDER_REPLICATE);
  }
  const float contrast = random.uniform(0.88F, 1.12F), light = random.uniform(-10, 10);
  const cv::Scalar gain(random.uniform(0.95F, 1.05F), random.uniform(0.95F, 1.05F), random.uniform(0.95F, 1.05F));
  cv::multiply(result - cv::Scalar::all(128), gain * contrast, result);
  result += cv::Scalar::all(128 + light);
  if (random.chance(0.6F)) {
    const float grain = random.chance(0.5F) ? 0 : random.uniform(1, 4);
    result += smooth_noise(image.size(), grain, random) * random.uniform(0, 6);
  }
  return cv::max(cv::min(result, cv::Scalar::all(255)), cv::Scalar::all(0));
}

TruePhoto moved(const TruePhoto& photo, Random& random) {
  const TruePhoto start = random.chance(0.5F) ? mirrored(photo) : photo;
  if (random.chance(0.25F)) return start;
  const auto middle = static_cast<float>(photo.image.cols - 1) / 2;
  for (int tries = 0; tries < 8; ++tries) {
    const float scale = random.uniform(0.7F, 1.15F), angle = random.uniform(-8, 8) * kDegree;
    const float room = 4 + std::max(0.F, 1 - scale) * 20;
    const float c = scale * std::cos(angle), s = scale * std::sin(angle);
    const cv::Point2f to(middle + random.uniform(-room, room), middle + random.uniform(-room, room));
    const cv::Matx23f m(c, -s, to.x - c * middle + s * middle, s, c, to.y - s * middle - c * middle);
    const cv::Scalar color(random.uniform(20, 235), random.uniform(20, 235), random.uniform(20, 235));
    TruePhoto result = carried(start, m, random.chance(0.7F) ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT, color);
    if (all_inside(result)) return result;
  }
  return start;
}

}  // namespace miafr::demo
