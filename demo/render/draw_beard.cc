#include "demo/render/scene.h"

namespace miafr::demo {
namespace {

// A soft-edged patch of hair; the points, in head units, are its right half from the top of its middle to the bottom.
void grow(Scene& s, const Points& right_half, float softness, float opacity) {
  Points outline = right_half;
  for (auto p = right_half.rbegin(); p != right_half.rend(); ++p)
    if (p->x > 0) outline.emplace_back(-p->x, p->y);
  const Mask patch = s.canvas.soft_mask(smooth_closed(s.on_face(outline)), s.px(softness));
  const Color color = mix(scaled(s.hair, 0.85F), s.skin_shadow, 0.2F);
  if (!patch.box.empty()) s.canvas.fill(patch, color, opacity, &s.head);
}

}  // namespace

void draw_beard(Scene& s) {
  const Beard beard = s.identity.beard;
  if (beard == Beard::kNone || s.age.beard <= 0) return;
  const Anatomy& f = s.face;
  const float w = f.mouth_width, c = f.cheek, j = f.jaw, chin = f.chin_width;
  const float y = f.mouth_y, top = y - f.upper_lip - 0.02F, low = y + f.lower_lip + f.mouth_gap;
  const Points moustache = {{0, top - 0.045F},      {0.5F * w, top - 0.04F}, {1.12F * w, y + 0.02F},
                            {1.16F * w, y + 0.10F}, {0.7F * w, top + 0.03F}, {0, top + 0.03F}};
  const Points goatee = {{0, low + 0.05F},        {0.6F * w, low + 0.05F},       {1.1F * w, y + 0.06F},
                         {1.2F * w, low + 0.12F}, {0.8F * chin, f.chin + 0.02F}, {0, f.chin + 0.05F}};
  const Points full = {{0, low + 0.05F},
                       {0.7F * w, low + 0.04F},
                       {1.15F * w, y},
                       {0.72F * c, 0.48F * f.chin},
                       {0.93F * c, 0.16F},
                       {1.1F * c, 0.16F},
                       {1.15F * j, 0.75F * f.chin},
                       {chin, f.chin + 0.06F},
                       {0, f.chin + 0.08F}};
  grow(s, moustache, 0.05F, 0.9F);
  if (beard == Beard::kGoatee) grow(s, goatee, 0.07F, 0.9F);
  if (beard == Beard::kFull) grow(s, full, 0.08F, 0.88F);
}

}  // namespace miafr::demo
