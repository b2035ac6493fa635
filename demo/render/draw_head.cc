// The head and what carries it: background, shoulders, neck, ears, the lit shape of the face.
#include <algorithm>

#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

// The right half of the contour from the crown to the chin: x, y, z.
std::vector<cv::Point3f> half_contour(const Anatomy& f, float sag, float full) {
  return {{0.56F * f.temple, -0.91F * f.crown, -0.05F},
          {0.92F * f.temple, -0.56F * f.crown, 0.F},
          {f.temple, -0.14F, 0.05F},
          {f.cheek, 0.24F * f.chin, 0.10F},
          {0.42F * f.cheek + 0.58F * f.jaw + 0.01F * sag + 0.05F * full, 0.50F * f.chin, 0.14F},
          {f.jaw + 0.015F * sag + 0.04F * full, 0.69F * f.chin + 0.03F * sag, 0.20F},
          {0.45F * f.jaw + 0.55F * f.chin_width, 0.875F * f.chin + 0.01F * sag, 0.32F},
          {0.62F * f.chin_width, 0.975F * f.chin, 0.40F}};
}

void model_face(Relief& relief, const Scene& s) {
  const Anatomy& f = s.face;
  const auto hill = [&](float x, float y, float rx, float ry, float height, float lift = 0) {
    relief.bump(s.at(x, y, lift), s.px(rx), s.px(ry), height, s.pose.roll());
  };
  const Nose& nose = s.identity.nose;
  const float n = f.nose_scale, sag = s.age.sag, cheeks = s.age.cheeks;
  hill(0, 0.55F * f.nose_y, 1.9F * nose.bridge + 0.03F, 0.75F * f.nose_y, 0.10F * n, 0.08F);
  hill(0, f.nose_y - 0.02F, 1.55F * nose.tip * n + 0.03F, 1.5F * nose.tip * n + 0.02F, 0.13F * n, 0.15F);
  if (nose.hook > 0) hill(0, 0.4F * f.nose_y, 1.5F * nose.bridge, 0.10F, 0.035F * nose.hook * n, 0.1F);
  for (const float side : {-1.F, 1.F}) {
    hill(side * 0.72F * f.nose_width, f.nose_y + 0.01F, 0.6F * f.nose_width, 0.09F * n, 0.05F * n, 0.06F);
    hill(side * f.eye_x, 0.01F, 1.35F * f.eye_width, 0.17F, -0.075F);
    hill(side * (f.eye_x + 0.02F), f.brow_y + 0.02F, 0.30F, 0.12F, 0.035F);
    const float cheek_y = 0.36F * f.chin + 0.10F * sag + 0.02F;
    hill(side * 0.58F * f.cheek, cheek_y, 0.34F, 0.28F, 0.05F + 0.05F * cheeks + 0.05F * s.nuisance.smile);
    hill(side * 0.66F * f.cheek, 0.62F * f.chin, 0.20F, 0.24F, -0.07F * sag);
    hill(side * 0.82F * f.jaw, 0.74F * f.chin, 0.18F, 0.16F, 0.06F * sag);
  }
  hill(0, f.mouth_y, 1.5F * f.mouth_width, 0.20F, 0.05F);
  hill(0, 0.93F * f.chin, 0.9F * f.chin_width, 0.17F, 0.07F);
  hill(0, f.mouth_y + 0.13F * f.chin, 0.20F, 0.06F, -0.03F);
}

}  // namespace

Points head_contour(const Scene& s, float top, float side) {
  const std::vector<cv::Point3f> half = half_contour(s.face, s.age.sag, std::max(0.F, s.age.cheeks - 0.4F));
  Points through = {s.pose.at(0, -s.face.crown - top, -0.08F)};
  const auto place = [&](const cv::Point3f& p, float mirror) {
    const float up = std::max(0.F, -p.y / s.face.crown);
    return s.pose.at(mirror * (p.x + side), p.y - top * up, p.z);
  };
  for (const cv::Point3f& p : half) through.push_back(place(p, 1));
  through.push_back(s.pose.at(0, s.face.chin, 0.42F));
  for (auto p = half.rbegin(); p != half.rend(); ++p) through.push_back(place(*p, -1));
  return smooth_closed(through);
}

void draw_background(Scene& s) {
  const Color& color = s.nuisance.background;
  s.canvas.background(scaled(color, 1.06F), scaled(color, 0.88F), {0.5F + 0.3F * s.nuisance.light_x, 0.35F},
                      scaled(color, 1.25F));
}

void draw_body(Scene& s) {
  const float chin = s.face.chin, neck = 0.345F * s.age.neck * (0.5F + 0.5F * s.face.jaw / 0.6F);
  const float broad = 1.12F * s.age.shoulders, base = chin + 0.22F;
  const auto at = [&](float x, float y) { return s.pose.at(x, y, -0.2F); };
  const Points throat = {at(-neck, 0.5F),
                         at(neck, 0.5F),
                         at(1.05F * neck, base),
                         at(1.3F * neck, base + 0.4F),
                         at(-1.3F * neck, base + 0.4F),
                         at(-1.05F * neck, base)};
  const Mask skin = s.canvas.mask(throat);
  Relief relief(skin.box, s.pose.unit());
  relief.inflate(skin, s.px(0.3F), 0.4F);
  s.canvas.fill(skin, s.skin);
  s.canvas.light(skin, relief, s.light);
  s.canvas.darken(
      softened(moved(s.canvas.mask(head_contour(s)), cv::Point(0, cvRound(s.px(0.10F)))), s.px(0.1F), s.canvas.size()),
      0.55F, &skin);

  const float drop = base + 0.55F;
  const Points cloth = smooth_closed(
      {at(0, base + 0.13F), at(0.75F * neck, base + 0.06F), at(1.12F * neck, base - 0.05F),
       at(0.75F * broad, base + 0.10F), at(1.05F * broad, base + 0.26F), at(1.25F * broad, drop + 0.6F),
       at(0, drop + 0.9F), at(-1.25F * broad, drop + 0.6F), at(-1.05F * broad, base + 0.26F),
       at(-0.75F * broad, base + 0.10F), at(-1.12F * neck, base - 0.05F), at(-0.75F * neck, base + 0.06F)});
  const Mask clothes = s.canvas.mask(cloth);
  if (clothes.box.empty()) return;
  Relief folds(clothes.box, s.pose.unit());
  folds.inflate(clothes, s.px(0.3F), 0.35F);
  s.canvas.fill(clothes, s.nuisance.clothes);
  s.canvas.light(clothes, folds, s.light);
  const Points collar =
      smooth_open({at(-1.12F * neck, base - 0.05F), at(-0.75F * neck, base + 0.06F), at(0, base + 0.13F),
                   at(0.75F * neck, base + 0.06F), at(1.12F * neck, base - 0.05F)});
  s.canvas.fill(stroke(collar, s.px(0.11F), 1, 1), scaled(s.nuisance.clothes, 0.78F), 0.8F, &clothes);
}

void draw_ears(Scene& s) {
  const float size = s.face.ear_size, spread = 0.02F + 0.06F * s.identity.ears.spread;
  std::vector<Points> outlines;
  for (const float side : {-1.F, 1.F}) {
    const auto at = [&](float x, float y) {
      return s.pose.at(side * (s.face.temple - 0.02F + spread + size * x), 0.16F + size * y, -0.12F);
    };
    outlines.push_back(smooth_closed({at(-0.06F, -0.20F), at(0.06F, -0.24F), at(0.13F, -0.14F), at(0.115F, 0.02F),
                                      at(0.06F, 0.14F), at(0.03F, 0.22F), at(-0.04F, 0.21F)}));
  }
  const Mask ears = s.canvas.mask(outlines);
  Relief relief(ears.box, s.pose.unit());
  relief.inflate(ears, s.px(0.07F), 0.10F);
  s.canvas.fill(ears, mix(s.skin, {214, 96, 84}, 0.14F));
  s.canvas.light(ears, relief, s.light);
  for (const float side : {-1.F, 1.F}) {
    const cv::Point2f hollow = s.pose.at(side * (s.face.temple + spread + 0.035F * size), 0.13F, -0.1F);
    s.canvas.airbrush(hollow, s.px(0.07F * size), s.px(0.15F * size), s.pose.roll(), s.skin_shadow, 0.75F, &ears);
  }
}

void draw_head(Scene& s) {
  s.head = s.canvas.mask(head_contour(s));
  Relief relief(s.head.box, s.pose.unit());
  relief.inflate(s.head, s.px(0.55F), 0.42F);
  relief.inflate(s.head, s.px(0.18F), 0.06F);
  relief.bump(s.at(0, -0.05F), s.px(1.2F), s.px(1.5F), 0.4F, s.pose.roll());
  model_face(relief, s);
  s.canvas.fill(s.head, s.skin);
  s.canvas.light(s.head, relief, s.light);
}

}  // namespace miafr::demo
