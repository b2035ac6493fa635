#include "demo/render/scene.h"

namespace miafr::demo {

void draw_nose(Scene& s) {
  const Anatomy& f = s.face;
  const Nose& nose = s.identity.nose;
  const float n = f.nose_scale, tip = nose_lift(f), lit = s.light.direction[0] > 0 ? 1.F : -1.F;
  const auto on_nose = [&](float x, float y, float lift) { return s.at(x, y, lift); };

  // The side turned away from the light, and the shadow below.
  s.canvas.airbrush(on_nose(-lit * (nose.bridge + 0.035F), 0.5F * f.nose_y, 0.05F), s.px(0.085F), s.px(0.8F * f.nose_y),
                    s.pose.roll(), s.skin_shadow, 0.42F * s.light.contrast, &s.head);
  s.canvas.airbrush(on_nose(-0.03F * lit, f.nose_y + 0.10F * n, 0.03F), s.px(1.1F * f.nose_width), s.px(0.09F * n),
                    s.pose.roll(), s.skin_shadow, 0.55F, &s.head);

  for (const float m : {-1.F, 1.F}) {
    const float w = f.nose_width, y = f.nose_y;
    const Points wing = {on_nose(m * 0.86F * w, y - 0.09F * n, 0.03F), on_nose(m * 1.02F * w, y - 0.01F, 0.02F),
                         on_nose(m * 0.92F * w, y + 0.065F * n, 0.02F), on_nose(m * 0.60F * w, y + 0.07F * n, 0.05F)};
    s.canvas.fill(stroke(smooth_open(wing), s.px(0.040F), 0, 0.3F), scaled(s.skin, 0.56F, 0.39F, 0.35F), 0.75F,
                  &s.head);
    s.canvas.fill(ellipse(on_nose(m * 0.48F * w, y + 0.058F * n, 0.07F), s.px(0.26F * w + 0.008F),
                          s.px((0.020F + 0.018F * nose.upturn) * n), m * 0.25F + s.pose.roll()),
                  scaled(s.skin, 0.36F, 0.22F, 0.20F), 0.85F, &s.head);
  }
  const float ball = nose.tip * n;
  s.canvas.airbrush(on_nose(lit * 0.25F * ball, f.nose_y - 0.35F * ball, tip), s.px(0.75F * ball), s.px(0.6F * ball), 0,
                    mix(s.skin, {255, 250, 244}, 0.75F), 0.55F, &s.head);
  s.canvas.airbrush(on_nose(lit * 0.012F, 0.42F * f.nose_y, 0.1F), s.px(0.045F + 0.3F * nose.bridge),
                    s.px(0.5F * f.nose_y), s.pose.roll(), mix(s.skin, {255, 250, 244}, 0.6F), 0.35F, &s.head);
}

}  // namespace miafr::demo
