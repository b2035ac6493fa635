#include "demo/render/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace miafr::demo {
namespace {

constexpr int kUnlit = 205;  // the shade at which finish() leaves a colour as it is

// Calls pixel(x, y, coverage of the clip 0..255) for the box's pixels on the canvas and inside the clip.
template <typename Pixel>
void for_each(cv::Rect box, cv::Size canvas, const Mask* clip, Pixel&& pixel) {
  box &= cv::Rect({}, canvas);
  if (clip) box &= clip->box;
  for (int y = box.y; y < box.y + box.height; ++y) {
    const std::uint8_t* inside = clip ? clip->pixels[y - clip->box.y] - clip->box.x : nullptr;
    for (int x = box.x; x < box.x + box.width; ++x) pixel(x, y, inside ? inside[x] : 255);
  }
}

// share: 0..256.
void blend(cv::Vec3b& pixel, const cv::Vec3i& color, int share) {
  for (int i = 0; i < 3; ++i) pixel[i] = static_cast<std::uint8_t>(pixel[i] + (((color[i] - pixel[i]) * share) >> 8));
}

cv::Vec3i bgr(const Color& c) { return {cvRound(c.b), cvRound(c.g), cvRound(c.r)}; }

}  // namespace

Canvas::Canvas(int side)
    : colors_(side * kSupersampling, side * kSupersampling), shade_(colors_.size(), std::uint8_t{kUnlit}) {}

void Canvas::fill(const Mask& where, const Color& color, float opacity, const Mask* clip) {
  const cv::Vec3i paint = bgr(color);
  const int strength = cvRound(257 * std::clamp(opacity, 0.F, 1.F));
  for_each(where.box, size(), clip, [&](int x, int y, int inside) {
    const int coverage = where.pixels(y - where.box.y, x - where.box.x) * inside / 255;
    if (coverage) blend(colors_(y, x), paint, (coverage * strength) >> 8);
  });
}

void Canvas::airbrush(cv::Point2f centre, float radius_x, float radius_y, float angle, const Color& color,
                      float opacity, const Mask* clip) {
  const cv::Vec3i paint = bgr(color);
  const float reach = std::max(radius_x, radius_y), c = std::cos(angle), s = std::sin(angle);
  const cv::Rect box(cv::Point(cvFloor(centre.x - reach), cvFloor(centre.y - reach)),
                     cv::Point(cvCeil(centre.x + reach) + 1, cvCeil(centre.y + reach) + 1));
  for_each(box, size(), clip, [&](int x, int y, int inside) {
    const float dx = x - centre.x, dy = y - centre.y;
    const float u = (c * dx + s * dy) / radius_x, v = (c * dy - s * dx) / radius_y, rest = 1 - u * u - v * v;
    if (rest > 0 && inside) blend(colors_(y, x), paint, static_cast<int>(opacity * rest * rest * inside));
  });
}

void Canvas::background(const Color& top, const Color& bottom) {
  for (int y = 0; y < colors_.rows; ++y) {
    const cv::Vec3i c = bgr(mix(top, bottom, static_cast<float>(y) / static_cast<float>(colors_.rows)));
    colors_.row(y).setTo(cv::Scalar(c[0], c[1], c[2]));
  }
}

void Canvas::light(const Mask& where, const Relief& relief, const Light& light) {
  const cv::Mat1b lit = relief.lit(light);
  const cv::Rect box = where.box & relief.box();
  for_each(box, size(), nullptr, [&](int x, int y, int) {
    const int coverage = where.pixels(y - where.box.y, x - where.box.x);
    std::uint8_t& shade = shade_(y, x);
    const int wanted = lit(y - relief.box().y, x - relief.box().x);
    shade = static_cast<std::uint8_t>(shade + (wanted - shade) * coverage / 255);
  });
}

void Canvas::darken(const Mask& where, float amount, const Mask* clip) {
  const int strength = cvRound(256 * amount);
  for_each(where.box, size(), clip, [&](int x, int y, int inside) {
    const int coverage = where.pixels(y - where.box.y, x - where.box.x) * inside / 255;
    std::uint8_t& shade = shade_(y, x);
    shade = static_cast<std::uint8_t>(shade - ((shade * coverage / 255 * strength) >> 8));
  });
}

cv::Mat Canvas::finish(const Light& light) const {
  // Shadows are not only darker but redder, as under skin, and cooler where the light is warm.
  const float w = light.warmth, flat = 1 - light.contrast;
  const std::array<float, 3> shadow = {0.50F + 0.02F * w, 0.43F + 0.0F * w, 0.56F - 0.045F * w};
  const std::array<float, 3> bright = {1.12F - 0.06F * w, 1.13F, 1.13F + 0.05F * w};  // B, G, R
  std::array<std::array<int, 256>, 3> factors{};
  std::array<int, 256> gloss{};
  for (int s = 0; s < 256; ++s) {
    const float share = s / 255.F, lifted = share + flat * 0.45F * (0.8F - share);
    for (int i = 0; i < 3; ++i) factors[i][s] = cvRound(256 * (shadow[i] + (bright[i] - shadow[i]) * lifted));
    const float shine = std::max(0.F, (share - 0.86F) / 0.14F);
    gloss[s] = cvRound(14 * light.contrast * shine * shine);
  }
  cv::Mat3b lit(colors_.size());
  for (int y = 0; y < lit.rows; ++y)
    for (int x = 0; x < lit.cols; ++x) {
      const int s = shade_(y, x);
      const cv::Vec3b& color = colors_(y, x);
      cv::Vec3b& out = lit(y, x);
      for (int i = 0; i < 3; ++i)
        out[i] = static_cast<std::uint8_t>(std::min(255, ((color[i] * factors[i][s]) >> 8) + gloss[s]));
    }
  cv::Mat image;
  cv::resize(lit, image, {size().width / kSupersampling, size().height / kSupersampling}, 0, 0, cv::INTER_AREA);
  return image;
}

}  // namespace miafr::demo
