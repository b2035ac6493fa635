// Who a drawn face is: everything that a birthday does not change.
#pragma once

#include <cstdint>
#include <vector>

#include "demo/render/color.h"

namespace miafr::demo {

// Lengths are in head units: an adult's eyes lie on y = 0, the chin about y = 1, the crown about y = -1; x runs to the
// right of the image. Where a comment gives no unit, the number is a factor on the average face or lies in -1..1.
struct HeadShape {
  float temple, cheek, jaw, chin;  // half widths
  float length;                    // eyes to chin
  float forehead;                  // eyes to crown
  float cleft;                     // depth of the dimple in the chin, 0 without
};

struct Eyes {
  float spacing;         // half the distance of the pupils
  float width, opening;  // half width and half height of the slit
  float tilt;            // rise of the outer corner over the slit's width
  float hood;            // 0: the lid's crease lies high, 1: it is hidden
  float lashes;          // 0..1
  Color iris;
};

struct Brows {
  float thickness, length;
  float height;  // above the eyes
  float slope;   // rise of the outer end
  float arch;    // of the middle
  float dark;    // how much darker than the hair, 0..1
};

struct Nose {
  float length;  // eyes to tip
  float width;   // half width at the wings
  float bridge;  // half width of the bridge
  float tip;     // size of the tip's ball
  float upturn;  // how much of the nostrils is seen
  float hook;    // bump on the bridge
};

struct Mouth {
  float width;         // half width
  float height;        // place between nose and chin, 0..1
  float upper, lower;  // fullness of the lips
  float corners;       // rise of the corners at rest
  float red;           // colour of the lips, 0..1
};

struct Ears {
  float size, spread;
};

struct Skin {
  Color color;
  float blush;
  float freckles;  // 0..1
};

enum class HairStyle {
  kBuzz,
  kCrop,
  kSidePart,
  kQuiff,
  kCurls,
  kAfro,
  kBob,
  kFringe,
  kLong,
  kWaves,
  kBun,
};

struct Hair {
  HairStyle style;
  Color color;
  float volume;           // factor
  float side;             // -1 or 1: where the parting lies
  float hairline;         // shift, head units
  float peak;             // of the hairline's middle
  float thinning;         // how far it recedes with age, 0..1
  float greying;          // how early it greys, -1..1
  std::uint64_t strands;  // seed of the locks
};

enum class Beard { kNone, kMoustache, kGoatee, kFull };

// Spots in head units: moles, a birthmark.
struct Spot {
  float x, y, radius;
  Color color;
};

struct Scar {
  float x, y, angle, length;  // length 0: none
};

struct Marks {
  std::vector<Spot> spots;
  Scar scar;
  std::uint64_t freckles, age_spots;  // seeds of where they lie
};

struct Identity {
  std::uint64_t seed;
  HeadShape head;
  Eyes eyes;
  Brows brows;
  Nose nose;
  Mouth mouth;
  Ears ears;
  Skin skin;
  Hair hair;
  Beard beard;  // grows from twenty on
  Marks marks;
};

// Depends on nothing but the seed, and is the same on every platform.
Identity draw_identity(std::uint64_t seed);

}  // namespace miafr::demo
