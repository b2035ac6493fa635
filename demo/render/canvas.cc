#include "demo/render/canvas.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace miafr::demo {
namespace {

constexpr int kUnlit = 205;  // the shade at which finish() leaves a colour as it is

// Calls row(y, from, to, clip) for the box's rows on the canvas and inside the clip: columns from..to - 1, and the
// clip's coverage of column x in clip[x], or null where there is no clip.
template <typename Row>
void for_rows(cv::Rect box, cv::Size canvas, const Mask* clip, Row&& row) {
  box &= cv::Rect({}, canvas);
  if (clip) box &= clip->box;
  for (int y = box.y; y < box.y + box.height; ++y)
    row(y, box.x, box.x + box.width, clip ? clip->pixels[y - clip->box.y] - clip->box.x : nullptr);
}

// a * b / 255, rounded, for a and b in 0..255.
int times(int a, int b) { return (a * b * 257 + 32896) >> 16; }

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
  for_rows(where.box, size(), clip, [&](int y, int from, int to, const std::uint8_t* inside) {
    const std::uint8_t* coverage = where.pixels[y - where.box.y] - where.box.x;
    cv::Vec3b* colors = colors_[y];
    for (int x = from; x < to; ++x)
      if (coverage[x])
        blend(colors[x], paint, ((inside ? times(coverage[x], inside[x]) : coverage[x]) * strength) >> 8);
  });
}

void Canvas::airbrush(cv::Point2f centre, float radius_x, float radius_y, float angle, const Color& color,
                      float opacity, const Mask* clip) {
  const cv::Vec3i paint = bgr(color);
  const float c = std::cos(angle), s = std::sin(angle);
  const cv::Point2f reach(std::hypot(radius_x * c, radius_y * s), std::hypot(radius_x * s, radius_y * c));
  const cv::Rect box(cv::Point(cvFloor(centre.x - reach.x), cvFloor(centre.y - reach.y)),
                     cv::Point(cvCeil(centre.x + reach.x) + 1, cvCeil(centre.y + reach.y) + 1));
  for_rows(box, size(), clip, [&](int y, int from, int to, const std::uint8_t* inside) {
    cv::Vec3b* colors = colors_[y];
    const float dy = static_cast<float>(y) - centre.y;
    for (int x = from; x < to; ++x) {
      const float dx = static_cast<float>(x) - centre.x;
      const float u = (c * dx + s * dy) / radius_x, v = (c * dy - s * dx) / radius_y, rest = 1 - u * u - v * v;
      if (rest <= 0) continue;
      blend(colors[x], paint, static_cast<int>(opacity * rest * rest * static_cast<float>(inside ? inside[x] : 255)));
    }
  });
}

void Canvas::background(const Color& top, const Color& bottom, cv::Point2f glow, const Color& light) {
  constexpr int kSide = 16;  // smooth, so that a few pixels say it all
  cv::Mat3b small(kSide, kSide);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const cv::Point2f place((x + 0.5F) / kSide, (y + 0.5F) / kSide), away = (place - glow) / 0.8F;
      const float rest = std::max(0.F, 1 - away.dot(away));
      const cv::Vec3i c = bgr(mix(mix(top, bottom, place.y), light, 0.55F * rest * rest));
      for (int i = 0; i < 3; ++i) small(y, x)[i] = static_cast<std::uint8_t>(c[i]);
    }
  cv::resize(small, colors_, size(), 0, 0, cv::INTER_LINEAR);
}

void Canvas::light(const Mask& where, const Relief& relief, const Light& light) {
  if ((where.box & relief.box()).empty()) return;
  const cv::Mat1b lit = relief.lit(light);
  for_rows(where.box & relief.box(), size(), nullptr, [&](int y, int from, int to, const std::uint8_t*) {
    const std::uint8_t* coverage = where.pixels[y - where.box.y] - where.box.x;
    const std::uint8_t* wanted = lit[y - relief.box().y] - relief.box().x;
    std::uint8_t* shade = shade_[y];
    for (int x = from; x < to; ++x)
      shade[x] = static_cast<std::uint8_t>(times(shade[x], 255 - coverage[x]) + times(wanted[x], coverage[x]));
  });
}

void Canvas::darken(const Mask& where, float amount, const Mask* clip) {
  const int strength = cvRound(256 * amount);
  for_rows(where.box, size(), clip, [&](int y, int from, int to, const std::uint8_t* inside) {
    const std::uint8_t* coverage = where.pixels[y - where.box.y] - where.box.x;
    std::uint8_t* shade = shade_[y];
    for (int x = from; x < to; ++x) {
      const int share = ((inside ? times(coverage[x], inside[x]) : coverage[x]) * strength) >> 8;
      shade[x] = static_cast<std::uint8_t>(times(shade[x], 255 - share));
    }
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
  // Half the way down, light and colour meet: where both are smooth it is the same, and it is four times as fast.
  cv::Mat3b half;
  cv::Mat1b shade;
  cv::resize(colors_, half, size() / 2, 0, 0, cv::INTER_AREA);
  cv::resize(shade_, shade, size() / 2, 0, 0, cv::INTER_AREA);
  for (int y = 0; y < half.rows; ++y) {
    cv::Vec3b* row = half[y];
    for (int x = 0; x < half.cols; ++x) {
      const int s = shade(y, x);
      for (int i = 0; i < 3; ++i)
        row[x][i] = static_cast<std::uint8_t>(std::min(255, ((row[x][i] * factors[i][s]) >> 8) + gloss[s]));
    }
  }
  cv::Mat image;
  cv::resize(half, image, size() / kSupersampling, 0, 0, cv::INTER_AREA);
  return image;
}

}  // namespace miafr::demo
