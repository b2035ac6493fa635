// Where everything is on one face: identity, age and expression brought together. Head units, see identity.h.
#pragma once

#include "demo/render/age.h"
#include "demo/render/identity.h"
#include "demo/render/nuisance.h"

namespace miafr::demo {

struct Anatomy {
  float crown, chin;                         // eyes to crown, eyes to chin
  float temple, cheek, jaw, chin_width;      // half widths
  float eye_x, eye_width, eye_opening;       // of the right eye; the left one mirrors it
  float brow_y, brow_thickness, brow_slope;  // brow_y < 0: above the eyes
  float nose_y, nose_width, nose_scale;      // tip
  float mouth_y, mouth_width, mouth_gap, corners, upper_lip, lower_lip;
  float ear_size;
  float hairline;  // y of its middle before it recedes
  float receding;  // 0 full hair .. 1 bald on top
};

Anatomy anatomy_of(const Identity& identity, const AgeTraits& age, const Nuisance& nuisance);

// Height of the pupils: a little above the slit's middle.
inline float pupil_y(const Anatomy& face) { return -0.08F * face.eye_opening; }

// How far the tip of the nose stands out of the face.
inline float nose_lift(const Anatomy& face) { return 0.16F * face.nose_scale; }

// How far the face stands out towards the viewer.
float surface(const Anatomy& face, float x, float y);

}  // namespace miafr::demo
