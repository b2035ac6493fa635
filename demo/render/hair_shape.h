// Where hair grows and how it is cut, before anything is painted.
#pragma once

#include "demo/render/scene.h"

namespace miafr::demo {

// How a style is built. Lengths in head units.
enum class Parting { kNone, kSide, kMiddle };
struct Cut {
  float top, side;   // thickness on the crown and at the temples
  float length = 0;  // of what hangs down, in eyes-to-chin lengths; 0: nothing does
  float fringe = 0;  // 0 combed back .. 1 down to the brows
  Parting parting = Parting::kNone;
  float curl = 0;      // radius of the curls, 0: straight
  float wave = 0;      // of what hangs down
  float edge = 0.02F;  // how softly the hairline begins
  float opacity = 1;
};

// For the style, the volume that age leaves of it included.
Cut cut_of(const Scene& scene);

// Lines in canvas pixels from the left sideburn to the right one: where the hair begins on the forehead, and the cap's
// outer edge.
Points hairline(const Scene& scene, const Cut& cut);
Points outer_edge(const Scene& scene, const Cut& cut);

// From the forehead to the crown, where the style has a parting.
Points parting_line(const Scene& scene, const Cut& cut);

// Outline of what hangs beside the face (or behind it), left: side -1, right: side 1.
Points lock(const Scene& scene, const Cut& cut, float side, bool behind);

// The place on a line at a share 0..1 of its points.
cv::Point2f along(const Points& line, float share);

}  // namespace miafr::demo
