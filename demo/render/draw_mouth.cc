#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

// A line from corner to corner through three heights below the mouth's middle: at a half, at a sixth of the width, at
// 0.
Points across(const Scene& s, float half, float sixth, float middle) {
  const Anatomy& f = s.face;
  const float w = f.mouth_width, y = f.mouth_y, corner = y - f.corners;
  return smooth_open(s.on_face({{-w, corner},
                                {-0.55F * w, y + half},
                                {-0.18F * w, y + sixth},
                                {0, y + middle},
                                {0.18F * w, y + sixth},
                                {0.55F * w, y + half},
                                {w, corner}}));
}

Points closed(Points upper, const Points& lower) {
  upper.insert(upper.end(), lower.rbegin(), lower.rend());
  return upper;
}

}  // namespace

void draw_mouth(Scene& s) {
  const Anatomy& f = s.face;
  const float up = f.upper_lip, low = f.lower_lip, gap = f.mouth_gap, bend = 0.22F * f.corners;
  const Points cupid =
      across(s, -0.62F * up - 0.5F * f.corners - 0.15F * gap, -1.05F * up - 0.2F * gap, -0.85F * up - 0.2F * gap);
  const Points upper_edge =
      across(s, -0.2F * f.corners - 0.12F * gap, bend - 0.18F * gap, bend + 0.1F * up - 0.18F * gap);
  const Points lower_edge = across(s, -0.2F * f.corners + 0.62F * gap, bend + 0.92F * gap, bend + gap);
  const Points bottom = across(s, 0.62F * low + 0.6F * gap, bend + low + 0.98F * gap, bend + 1.04F * low + gap);

  const Color pink = mix(scaled(s.skin, 0.86F, 0.66F, 0.64F), {196, 52, 72}, 0.5F * s.identity.mouth.red);
  const Color lip = saturated(pink, 1 - 0.35F * s.age.sag);
  s.dab(0, f.mouth_y + low + 0.07F + gap, 0.9F * f.mouth_width, 0.07F, s.skin_shadow, 0.45F, &s.head);
  if (gap > 0.004F) {
    const Mask hole = s.canvas.mask(closed(upper_edge, lower_edge));
    s.canvas.fill(hole, {92, 30, 34});
    s.canvas.fill(
        closed(upper_edge, across(s, -0.05F * f.corners + 0.26F * gap, bend + 0.38F * gap, bend + 0.42F * gap)),
        {246, 240, 230}, 1, &hole);
    s.dab(0, f.mouth_y + gap, 0.6F * f.mouth_width, 0.4F * gap, {190, 84, 84}, 0.8F, &hole);
  }
  s.canvas.fill(closed(cupid, upper_edge), scaled(lip, 0.86F));
  s.canvas.fill(closed(lower_edge, bottom), lip);
  const Mask lower = s.canvas.mask(closed(lower_edge, bottom));
  s.dab(0.25F * s.nuisance.light_x * f.mouth_width, f.mouth_y + bend + 0.5F * low + gap, 0.5F * f.mouth_width,
        0.45F * low + 0.01F, mix(lip, {255, 236, 232}, 0.6F), 0.55F, &lower);
  const Color seam = scaled(lip, 0.42F, 0.30F, 0.32F);
  if (gap <= 0.004F) s.canvas.fill(stroke(upper_edge, s.px(0.034F), 0.55F, 0.55F), seam, 0.85F);
  for (const float m : {-1.F, 1.F}) s.dab(m * f.mouth_width, f.mouth_y - f.corners, 0.045F, 0.04F, seam, 0.7F, &s.head);
}

}  // namespace miafr::demo
