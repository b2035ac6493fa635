// What changes from one photo of a person to the next.
#pragma once

#include <cstdint>

#include "demo/render/color.h"

namespace miafr::demo {

struct Nuisance {
  std::uint64_t seed;
  float yaw, pitch, roll;   // radians; positive: to the right of the image, up, clockwise
  float scale;              // factor
  float shift_x, shift_y;   // in image sides
  float light_x, light_y;   // towards the light, the viewer's direction being 1
  float contrast;           // 0 flat, 1 hard
  float warmth;             // -1 cool .. 1 warm
  float smile, open_mouth;  // 0..1
  float brow_raise;         // -1 frown .. 1 raised
  float age_jitter;         // -1..1, where in the label's years
  Color background, clothes;
  float frame_shape;  // of the glasses where they are worn: 0 round .. 1 square
  Color frame;
};

// Depends on nothing but the seed, and is the same on every platform.
Nuisance draw_nuisance(std::uint64_t seed);

}  // namespace miafr::demo
