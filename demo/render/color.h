// Colours, in sRGB as they are written down by designers.
#pragma once

#include <algorithm>

namespace miafr::demo {

struct Color {
  float r = 0, g = 0, b = 0;  // 0..255
};

inline Color mix(const Color& from, const Color& to, float share) {
  return {from.r + (to.r - from.r) * share, from.g + (to.g - from.g) * share, from.b + (to.b - from.b) * share};
}

inline Color scaled(const Color& c, float red, float green, float blue) {
  const auto limited = [](float v) { return std::clamp(v, 0.F, 255.F); };
  return {limited(c.r * red), limited(c.g * green), limited(c.b * blue)};
}
inline Color scaled(const Color& c, float factor) { return scaled(c, factor, factor, factor); }

// Saturation 1 keeps the colour, 0 leaves its grey.
inline Color saturated(const Color& c, float saturation) {
  const float grey = 0.3F * c.r + 0.59F * c.g + 0.11F * c.b;
  return mix({grey, grey, grey}, c, saturation);
}

}  // namespace miafr::demo
