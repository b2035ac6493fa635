// The pictures of a report: worst pairs, and what each person looks like under each label.
#pragma once

#include <vector>

#include "core/evaluation/comparisons.h"
#include "core/evaluation/evaluation.h"

namespace miafr {

// Fills pairs and grids: the faces of each matcher's worst genuine and closest impostor pairs, and for the first
// subjects one image of each method and label. An image that cannot be read again is left out.
void add_face_pictures(const std::vector<EvaluatedImage>& images, Evaluation& evaluation);

}  // namespace miafr
