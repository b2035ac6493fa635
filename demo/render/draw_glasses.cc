#include <algorithm>
#include <cmath>

#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

// Between a circle and a rounded square (a superellipse), centre and radii in head units.
Points rim(const Scene& s, float x, float rx, float ry, float square) {
  constexpr int kCorners = 36;
  const float power = 1 - 0.55F * square;
  Points outline;
  for (int i = 0; i < kCorners; ++i) {
    const float phi = 2 * static_cast<float>(CV_PI) * i / kCorners, c = std::cos(phi), n = std::sin(phi);
    const float u = std::copysign(std::pow(std::abs(c), power), c), v = std::copysign(std::pow(std::abs(n), power), n);
    outline.push_back(s.pose.at(x + rx * u, 0.03F + ry * v, surface(s.face, 0.36F, 0) + 0.10F));
  }
  return outline;
}

}  // namespace

void draw_glasses(Scene& s) {
  const Anatomy& f = s.face;
  const float rx = std::min(f.eye_x - 0.055F, 0.27F), ry = rx * (0.98F - 0.22F * s.nuisance.frame_shape),
              rim_width = 0.026F;
  const float depth = surface(f, 0.36F, 0) + 0.10F;
  std::vector<Points> frame;
  std::vector<Mask> lenses;
  for (const float m : {-1.F, 1.F}) {
    const Points inner = rim(s, m * f.eye_x, rx, ry, s.nuisance.frame_shape);
    lenses.push_back(s.canvas.mask(inner));
    Points loop = inner;
    loop.insert(loop.end(), inner.begin(), inner.begin() + 2);
    frame.push_back(stroke(loop, s.px(2 * rim_width), 1, 1));
    const float edge = f.eye_x + rx;
    frame.push_back(stroke({s.pose.at(m * edge, -0.03F, depth), s.pose.at(m * (f.temple + 0.02F), -0.01F, 0.1F)},
                           s.px(1.6F * rim_width), 1, 1));
  }
  const float nose = f.eye_x - rx;
  frame.push_back(stroke(smooth_open({s.pose.at(-nose, -0.02F, depth), s.pose.at(0, -0.06F, depth + 0.03F),
                                      s.pose.at(nose, -0.02F, depth)}),
                         s.px(1.8F * rim_width), 1, 1));
  const Mask drawn = s.canvas.mask(frame);
  s.canvas.darken(softened(moved(drawn, {0, cvRound(s.px(0.05F))}), s.px(0.05F), s.canvas.size()), 0.3F, &s.head);
  for (std::size_t i = 0; i < 2; ++i) {
    s.canvas.fill(lenses[i], {214, 232, 244}, 0.10F);
    const float x = (i == 0 ? -1.F : 1.F) * f.eye_x;
    s.canvas.fill(stroke({s.pose.at(x + 0.2F * rx, -0.9F * ry, depth), s.pose.at(x - 0.65F * rx, 0.75F * ry, depth)},
                         s.px(0.07F), 1, 1),
                  {255, 255, 255}, 0.22F, &lenses[i]);
  }
  s.canvas.fill(drawn, s.nuisance.frame, 0.97F);
}

}  // namespace miafr::demo
