// The photos of a demo.
#pragma once

#include <cstdint>

#include "demo/command/plan.h"

namespace miafr::demo {

// Whether all of them are there.
bool are_drawn(const DemoFolder& folder);

// Draws into OUT/faces:
//   photos/PERSON          what a model learns them from
//   references/PERSON      other photos of that age, which pictures are compared with
//   truth/PERSON/AGE       how they look at every age
//   strangers/PERSON       people that thresholds come from
//   regularisation/        elderly_0001.png …: other people at every age, as published sets have it
//   truth.csv              the truth about each; written last
// Returns the number of photos drawn. Throws Error.
std::size_t draw_faces(const DemoFolder& folder, const Show& show, std::uint64_t seed);

}  // namespace miafr::demo
