// The picture while it is drawn, kSupersampling times its size: colours as under even light, and beside them how much
// light falls where. finish() brings the two together, so that everything drawn is lit alike.
#pragma once

#include <opencv2/core.hpp>

#include "demo/render/color.h"
#include "demo/render/curve.h"
#include "demo/render/mask.h"
#include "demo/render/relief.h"

namespace miafr::demo {

inline constexpr int kSupersampling = 4;

class Canvas {
 public:
  // side: of the final image in pixels.
  explicit Canvas(int side);

  cv::Size size() const { return colors_.size(); }
  Mask mask(const std::vector<Points>& outlines) const { return mask_of(outlines, size()); }
  Mask mask(const Points& outline) const { return mask_of({outline}, size()); }
  Mask soft_mask(const Points& outline, float radius) const { return softened(mask(outline), radius, size()); }

  // Paints, where `clip` is given inside it only.
  void fill(const Mask& where, const Color& color, float opacity = 1, const Mask* clip = nullptr);
  void fill(const Points& outline, const Color& color, float opacity = 1, const Mask* clip = nullptr) {
    fill(mask(outline), color, opacity, clip);
  }
  // A soft spot: full in the centre, nothing at the radii.
  void airbrush(cv::Point2f centre, float radius_x, float radius_y, float angle, const Color& color, float opacity,
                const Mask* clip = nullptr);
  // From `top` on the canvas's upper edge to `bottom` on its lower, lit round `glow` (in canvas sides) by `light`.
  void background(const Color& top, const Color& bottom, cv::Point2f glow, const Color& light);

  // Lays the light of a relief on a shape; what lay there before is hidden.
  void light(const Mask& where, const Relief& relief, const Light& light);
  // Takes light away: amount 0..1.
  void darken(const Mask& where, float amount, const Mask* clip = nullptr);

  // [side, side] 8UC3, BGR.
  cv::Mat finish(const Light& light) const;

 private:
  cv::Mat3b colors_;
  cv::Mat1b shade_;  // 0 in the shadow .. 255 in full light
};

}  // namespace miafr::demo
