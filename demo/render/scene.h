// One picture in the making: what the drawing of each part knows and where it paints.
#pragma once

#include "demo/render/anatomy.h"
#include "demo/render/canvas.h"
#include "demo/render/pose.h"

namespace miafr::demo {

struct Scene {
  Scene(const Identity& identity, float years, const Nuisance& nuisance, int side);

  // A place on the face, `lift` head units above its skin, as canvas pixels.
  cv::Point2f at(float x, float y, float lift = 0) const { return pose.at(x, y, surface(face, x, y) + lift); }
  Points on_face(const Points& head_units, float lift = 0) const {
    Points pixels;
    pixels.reserve(head_units.size());
    for (const cv::Point2f& p : head_units) pixels.push_back(at(p.x, p.y, lift));
    return pixels;
  }
  float px(float head_units) const { return head_units * pose.unit(); }
  // A brush stroke on the skin.
  void line(const Points& through, float width, const Color& color, float opacity, const Mask* clip = nullptr,
            float begin = 0, float end = 0) {
    canvas.fill(stroke(smooth_open(on_face(through)), px(width), begin, end), color, opacity, clip);
  }
  void dab(float x, float y, float radius_x, float radius_y, const Color& color, float opacity,
           const Mask* clip = nullptr, float angle = 0) {
    canvas.airbrush(at(x, y), px(radius_x), px(radius_y), angle + pose.roll(), color, opacity, clip);
  }

  const Identity& identity;
  const Nuisance& nuisance;
  AgeTraits age;
  Anatomy face;
  Pose pose;
  Light light;
  Canvas canvas;
  Color skin, skin_shadow, hair;  // as they are at this age
  Mask head;                      // the face's skin; empty until draw_head
};

// From the back to the front.
void draw_background(Scene& scene);
void draw_hair_behind(Scene& scene);
void draw_body(Scene& scene);
void draw_ears(Scene& scene);
void draw_head(Scene& scene);
void draw_skin(Scene& scene);
void draw_wrinkles(Scene& scene);
void draw_nose(Scene& scene);
void draw_mouth(Scene& scene);
void draw_beard(Scene& scene);
void draw_eyes(Scene& scene);
void draw_brows(Scene& scene);
void draw_glasses(Scene& scene);
void draw_hair(Scene& scene);

// The head's contour in canvas pixels, `top` and `side` head units outside of it.
Points head_contour(const Scene& scene, float top = 0, float side = 0);

}  // namespace miafr::demo
