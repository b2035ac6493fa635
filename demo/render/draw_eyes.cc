#include <algorithm>

#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

struct Eye {
  const Scene& s;
  float side;  // -1 the left one in the image, 1 the right one

  // Along the slit, -1 at the nose .. 1 at the temple, and down, 1 being the lower lid.
  cv::Point2f head(float along, float down) const {
    const Anatomy& f = s.face;
    const float tilt = s.identity.eyes.tilt - 0.16F * s.age.sag;
    return {side * (f.eye_x + along * f.eye_width), down * f.eye_opening - 0.5F * along * tilt * f.eye_width};
  }
  Points line(const Points& local) const {
    Points points;
    for (const cv::Point2f& p : local) {
      const cv::Point2f h = head(p.x, p.y);
      points.push_back(s.at(h.x, h.y));
    }
    return points;
  }
  Points upper_lid(float raise = 0) const {
    const float droop = 0.28F * s.age.sag;
    return smooth_open(line({{-1, 0.22F - 0.4F * raise},
                             {-0.6F, -0.62F - raise},
                             {0, -1.F - raise},
                             {0.58F, -0.80F - raise + droop},
                             {1, -0.02F - 0.6F * raise + droop}}));
  }
  Points lower_lid(float drop = 0) const {
    return smooth_open(line({{-1, 0.22F},
                             {-0.5F, 0.66F + drop},
                             {0.1F, 0.86F + drop},
                             {0.62F, 0.66F + drop},
                             {1, -0.02F + 0.28F * s.age.sag}}));
  }
};

void draw_iris(Scene& s, const Eye& eye, const Mask& slit) {
  const float radius = 0.60F * s.face.eye_width * (0.35F + 0.65F * s.identity.eyes.width / s.face.eye_width) + 0.012F;
  const cv::Point2f at = s.at(eye.side * s.face.eye_x, pupil_y(s.face));
  const Color& iris = s.identity.eyes.iris;
  const auto disc = [&](float share, const Color& color, float opacity = 1) {
    s.canvas.fill(ellipse(at, s.px(share * radius), s.px(share * radius)), color, opacity, &slit);
  };
  disc(1, scaled(iris, 0.42F));
  disc(0.86F, iris);
  s.canvas.airbrush(at + cv::Point2f(0, s.px(0.5F * radius)), s.px(0.95F * radius), s.px(0.7F * radius), 0,
                    mix(scaled(iris, 1.45F), {255, 255, 255}, 0.12F), 0.8F, &slit);
  disc(0.46F, {16, 12, 14});
}

void draw_lids(Scene& s, const Eye& eye, const Mask& slit) {
  const Eyes& eyes = s.identity.eyes;
  const Color lash = mix({46, 30, 26}, s.hair, 0.12F + 0.2F * s.age.grey);
  const Points upper = eye.upper_lid();
  // The lid's shadow on the ball, then the lashes.
  Points shadow = upper;
  for (cv::Point2f& p : shadow) p.y += s.px(0.3F * s.face.eye_opening);
  s.canvas.fill(stroke(shadow, s.px(0.55F * s.face.eye_opening), 0.6F, 0.6F), {60, 44, 60}, 0.34F, &slit);
  s.canvas.fill(stroke(upper, s.px(0.038F + 0.030F * eyes.lashes), 0.35F, 0.6F), lash, 0.95F);
  if (eyes.lashes > 0.35F) {
    const Points wing = smooth_open(eye.line(
        {{0.6F, -0.72F + 0.28F * s.age.sag}, {1, -0.1F + 0.28F * s.age.sag}, {1.22F, -0.42F + 0.28F * s.age.sag}}));
    s.canvas.fill(stroke(wing, s.px(0.05F * eyes.lashes), 0.3F, 0), lash, 0.9F);
  }
  s.canvas.fill(stroke(eye.lower_lid(), s.px(0.022F), 0.2F, 0.6F), mix(lash, s.skin, 0.3F), 0.55F);
  const float raise = (0.75F - 0.5F * eyes.hood) * (1 + 0.2F * s.age.sag);
  s.canvas.fill(stroke(eye.upper_lid(raise), s.px(0.026F), 0.1F, 0.4F), scaled(s.skin, 0.52F, 0.36F, 0.34F), 0.65F,
                &s.head);
}

void draw_eye(Scene& s, const Eye& eye) {
  const Anatomy& f = s.face;
  s.dab(eye.side * f.eye_x, -0.45F * f.eye_opening - 0.03F, 1.5F * f.eye_width, 0.15F, s.skin_shadow,
        0.30F + 0.1F * s.age.sag, &s.head);
  s.dab(eye.side * f.eye_x, 0.15F, 1.2F * f.eye_width, 0.08F, s.skin_shadow, 0.12F + 0.34F * s.age.wrinkles, &s.head);
  Points outline = eye.upper_lid();
  const Points lower = eye.lower_lid();
  outline.insert(outline.end(), lower.rbegin(), lower.rend());
  const Mask slit = s.canvas.mask(outline);
  if (slit.box.empty()) return;
  // The ball is lit by itself, not by the socket's slopes.
  Relief ball(slit.box, s.pose.unit());
  ball.bump(s.at(eye.side * f.eye_x, 0), s.px(1.6F * f.eye_width), s.px(1.6F * f.eye_width), 0.10F);
  s.canvas.fill(slit, mix({248, 246, 243}, {236, 222, 200}, 0.6F * s.age.sag));
  s.canvas.light(slit, ball, s.light);
  draw_iris(s, eye, slit);
  draw_lids(s, eye, slit);
  const cv::Point2f pupil = s.at(eye.side * f.eye_x, pupil_y(f));
  const float spark = 0.018F + 0.075F * f.eye_width, towards = s.nuisance.light_x > 0 ? 1.F : -1.F;
  s.canvas.fill(ellipse(pupil + cv::Point2f(towards * s.px(0.24F * f.eye_width), -s.px(0.26F * f.eye_width)),
                        s.px(spark), s.px(spark)),
                {255, 255, 255}, 0.95F, &slit);
}

}  // namespace

void draw_eyes(Scene& s) {
  for (const float side : {-1.F, 1.F}) draw_eye(s, Eye{s, side});
}

void draw_brows(Scene& s) {
  const Brows& brows = s.identity.brows;
  const Anatomy& f = s.face;
  const Color color = mix(mix(s.hair, s.skin_shadow, 0.15F), scaled(s.identity.hair.color, 0.45F),
                          brows.dark * (1 - 0.85F * s.age.grey));
  for (const float m : {-1.F, 1.F}) {
    const float half = 0.215F * brows.length * (0.6F + 0.4F * f.eye_width / 0.19F), inner = f.eye_x - half,
                outer = f.eye_x + half;
    const float rise = 0.5F * brows.slope * half, y = f.brow_y, frown = 0.05F * std::min(0.F, s.nuisance.brow_raise);
    const float end = y + rise * -1.F + 0.04F * s.age.sag;
    const Points spine = {{m * inner, y + rise - frown},
                          {m * (inner + 0.6F * half), y + 0.3F * rise - 0.55F * brows.arch},
                          {m * (f.eye_x + 0.35F * half), y - 0.6F * rise - brows.arch},
                          {m * outer, end + 0.02F}};
    s.line(spine, 1.35F * f.brow_thickness, color, 0.35F, &s.head, 0.7F, 0.2F);
    s.line(spine, f.brow_thickness, color, 0.85F, &s.head, 0.75F, 0.1F);
  }
}

}  // namespace miafr::demo
