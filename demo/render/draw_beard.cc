#include "demo/render/scene.h"

namespace miafr::demo {

void draw_beard(Scene& s) {
  const Beard beard = s.identity.beard;
  if (beard == Beard::kNone || s.age.beard <= 0) return;
  const Anatomy& f = s.face;
  const float w = f.mouth_width, top = f.mouth_y - f.upper_lip - 0.02F, low = f.mouth_y + f.lower_lip + f.mouth_gap;
  const Color color = mix(scaled(s.hair, 0.85F), s.skin_shadow, 0.2F);
  const auto grow = [&](const Points& outline, float softness, float opacity) {
    const Mask mask = s.canvas.soft_mask(smooth_closed(s.on_face(outline)), s.px(softness));
    if (!mask.box.empty()) s.canvas.fill(mask, color, opacity, &s.head);
  };
  grow({{0, top - 0.045F},
        {0.5F * w, top - 0.04F},
        {1.12F * w, f.mouth_y + 0.02F},
        {1.16F * w, f.mouth_y + 0.10F},
        {0.7F * w, top + 0.03F},
        {0, top + 0.03F},
        {-0.7F * w, top + 0.03F},
        {-1.16F * w, f.mouth_y + 0.10F},
        {-1.12F * w, f.mouth_y + 0.02F},
        {-0.5F * w, top - 0.04F}},
       0.05F, 0.9F);
  if (beard == Beard::kGoatee)
    grow({{0, low + 0.05F},
          {0.6F * w, low + 0.05F},
          {1.1F * w, f.mouth_y + 0.06F},
          {1.2F * w, low + 0.12F},
          {0.8F * f.chin_width, f.chin + 0.02F},
          {0, f.chin + 0.05F},
          {-0.8F * f.chin_width, f.chin + 0.02F},
          {-1.2F * w, low + 0.12F},
          {-1.1F * w, f.mouth_y + 0.06F},
          {-0.6F * w, low + 0.05F}},
         0.07F, 0.9F);
  if (beard == Beard::kFull) {
    const float c = f.cheek, j = f.jaw;
    grow({{0, low + 0.05F},
          {0.7F * w, low + 0.04F},
          {1.15F * w, f.mouth_y},
          {0.72F * c, 0.48F * f.chin},
          {0.93F * c, 0.16F},
          {1.1F * c, 0.16F},
          {1.15F * j, 0.75F * f.chin},
          {f.chin_width, f.chin + 0.06F},
          {0, f.chin + 0.08F},
          {-f.chin_width, f.chin + 0.06F},
          {-1.15F * j, 0.75F * f.chin},
          {-1.1F * c, 0.16F},
          {-0.93F * c, 0.16F},
          {-0.72F * c, 0.48F * f.chin},
          {-1.15F * w, f.mouth_y},
          {-0.7F * w, low + 0.04F}},
         0.08F, 0.88F);
  }
}

}  // namespace miafr::demo
