// The pictures of a report: worst pairs, and what each person looks like under each label.
#pragma once

#include <vector>

#include "core/pipeline/comparisons.h"
#include "core/report/evaluation.h"

namespace miafr {

// Fills thumbnails, grid and grid_labels: the faces of all worst pairs, and for the first subjects one image of each
// group. An image that cannot be read again is left out.
void add_thumbnails(const std::vector<EvaluatedImage>& images, Evaluation& evaluation);

}  // namespace miafr
