// What the skin carries: blush, freckles, moles, scars, and the spots and lines of age.
#include <algorithm>
#include <cmath>

#include "demo/render/random.h"
#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

void draw_freckles(Scene& s) {
  Random random(s.identity.marks.freckles);
  const float density = s.identity.skin.freckles;
  const Color brown = mix(s.skin, {150, 78, 36}, 0.55F);
  for (int i = 0; i < static_cast<int>(44 * density); ++i) {
    const float x = 0.60F * random.around_zero(), y = 0.26F + 0.11F * random.around_zero();
    const float radius = random.uniform(0.022F, 0.036F);
    s.dab(x * s.face.cheek * 1.15F, y * s.face.chin, radius, radius, brown, 0.75F, &s.head);
  }
}

// They come and go, so that they belong to the photo and not to the person.
void draw_pimples(Scene& s) {
  Random random(s.nuisance.seed, s.identity.seed);
  const Color red = mix(s.skin, {214, 54, 52}, 0.55F);
  for (int i = 0; i < 9; ++i) {
    const float side = random.chance(0.5F) ? 1.F : -1.F;
    const bool brow = random.chance(0.4F);
    const float x = side * (brow ? random.uniform(0.F, 0.4F) : random.uniform(0.3F, 0.52F));
    const float y = brow ? -random.uniform(0.38F, 0.6F) : random.uniform(0.28F, 0.7F) * s.face.chin;
    const float radius = random.uniform(0.030F, 0.046F);
    s.dab(x, y, radius, radius, red, 0.75F * s.age.pimples, &s.head);
  }
}

void draw_age_spots(Scene& s) {
  Random random(s.identity.marks.age_spots);
  const Color brown = mix(s.skin, scaled(s.skin, 0.55F, 0.40F, 0.30F), 0.8F);
  for (int i = 0; i < 14; ++i) {
    const float side = random.chance(0.5F) ? 1.F : -1.F;
    const bool brow = random.chance(0.5F);
    const float x = side * (brow ? random.uniform(0.1F, 0.52F) : random.uniform(0.38F, 0.58F));
    const float y = brow ? -random.uniform(0.38F, 0.80F) : random.uniform(0.12F, 0.6F);
    const float radius = random.uniform(0.03F, 0.06F);
    s.dab(x, y, radius, 0.75F * radius, brown, 0.6F * s.age.spots, &s.head, side * 0.5F);
  }
}

// A mole has an edge; a birthmark fades into the skin.
void draw_spot(Scene& s, const Spot& spot) {
  const float y = spot.y * s.face.chin;
  if (spot.radius < 0.1F) {
    s.canvas.fill(ellipse(s.at(spot.x, y), s.px(spot.radius), s.px(0.92F * spot.radius)), spot.color, 0.92F, &s.head);
    return;
  }
  const float r = spot.radius;
  for (const cv::Point2f& off : {cv::Point2f(0, 0), cv::Point2f(0.5F, 0.35F), cv::Point2f(-0.4F, 0.3F)})
    s.canvas.fill(s.canvas.soft_mask(ellipse(s.at(spot.x + off.x * r, y + off.y * r), s.px(0.8F * r), s.px(0.6F * r)),
                                     s.px(0.35F * r)),
                  spot.color, 0.5F, &s.head);
}

}  // namespace

void draw_skin(Scene& s) {
  const float blush = s.identity.skin.blush * s.age.blush;
  for (const float side : {-1.F, 1.F})
    s.dab(side * 0.60F * s.face.cheek, 0.34F * s.face.chin, 0.30F, 0.22F, mix(s.skin, {232, 70, 72}, 0.6F),
          0.55F * blush, &s.head);
  s.dab(0, s.face.nose_y, 0.15F, 0.13F, mix(s.skin, {226, 74, 70}, 0.6F), 0.3F * blush + 0.1F * s.age.sag, &s.head);
  if (s.identity.skin.freckles > 0) draw_freckles(s);
  if (s.age.pimples > 0.2F) draw_pimples(s);
  if (s.age.spots > 0) draw_age_spots(s);
  for (const Spot& spot : s.identity.marks.spots) draw_spot(s, spot);
  const Scar& scar = s.identity.marks.scar;
  if (scar.length > 0) {
    const cv::Point2f along(0.5F * scar.length * std::cos(scar.angle), 0.5F * scar.length * std::sin(scar.angle));
    const cv::Point2f middle(scar.x, scar.y * s.face.chin), bend(-0.08F * along.y, 0.08F * along.x);
    s.line({middle - along, middle + bend, middle + along}, 0.062F, mix(s.skin, {206, 84, 84}, 0.55F), 0.8F, &s.head);
    s.line({middle - along, middle + bend, middle + along}, 0.026F, mix(s.skin, {255, 226, 218}, 0.7F), 0.9F, &s.head);
  }
}

void draw_wrinkles(Scene& s) {
  const Anatomy& f = s.face;
  const float w = s.age.wrinkles;
  const Color dark = scaled(s.skin, 0.62F, 0.46F, 0.42F), bright = mix(s.skin, {255, 244, 230}, 0.35F);
  const auto crease = [&](const Points& through, float width, float strength) {
    if (strength <= 0.02F) return;
    Points below = through;
    for (cv::Point2f& p : below) p.y += 0.75F * width;
    s.line(below, width, bright, 0.5F * strength, &s.head);
    s.line(through, width, dark, strength, &s.head);
  };
  const float brow = f.brow_y - 0.13F, rise = 0.5F + 0.5F * std::max(0.F, s.nuisance.brow_raise);
  for (int i = 0; i < 3; ++i) {
    const float y = brow - 0.105F * i, half = 0.40F - 0.05F * i;
    crease({{-half, y + 0.03F}, {-0.5F * half, y}, {0, y + 0.02F}, {0.5F * half, y}, {half, y + 0.03F}}, 0.030F,
           rise * (w - 0.12F * i));
  }
  for (const float m : {-1.F, 1.F}) {
    const float nose = f.nose_width, mouth = f.mouth_width;
    crease({{m * (nose + 0.02F), f.nose_y - 0.03F},
            {m * (0.5F * (nose + mouth) + 0.10F), 0.5F * (f.nose_y + f.mouth_y)},
            {m * (mouth + 0.07F), f.mouth_y + 0.02F}},
           0.040F, 0.16F * s.nuisance.smile + 0.75F * w);
    crease({{m * (mouth + 0.03F), f.mouth_y + 0.05F},
            {m * (mouth + 0.05F), f.mouth_y + 0.14F},
            {m * (mouth + 0.02F), f.mouth_y + 0.22F}},
           0.034F, 0.9F * w - 0.25F);
    const float corner = f.eye_x + f.eye_width;
    for (int i = -1; i <= 1; ++i)
      crease({{m * (corner + 0.03F), 0.035F * i}, {m * (corner + 0.14F), 0.075F * i + 0.01F}}, 0.024F,
             0.85F * w + 0.2F * s.nuisance.smile * w);
    crease({{m * (f.eye_x - 0.8F * f.eye_width), 0.13F},
            {m * f.eye_x, 0.19F + 0.02F * s.age.sag},
            {m * (f.eye_x + 0.9F * f.eye_width), 0.14F}},
           0.034F, 0.75F * w - 0.05F);
    crease({{m * 0.05F, f.brow_y + 0.06F}, {m * 0.06F, f.brow_y - 0.06F}}, 0.026F,
           0.5F * w - 0.12F - 0.3F * std::min(0.F, s.nuisance.brow_raise));
    crease({{m * 0.62F * f.cheek, 0.42F * f.chin},
            {m * 0.70F * f.cheek, 0.58F * f.chin},
            {m * 0.66F * f.cheek, 0.72F * f.chin}},
           0.03F, 0.5F * w - 0.25F);
  }
}

}  // namespace miafr::demo
