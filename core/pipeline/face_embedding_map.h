// Embeddings in two dimensions, to be looked at.
#pragma once

#include <vector>

#include "core/pipeline/comparisons.h"
#include "core/report/evaluation.h"

namespace miafr {

// The first two principal components of the unit embeddings of one matcher; nothing for fewer than three. Signs are
// fixed, so that the map is the same on every machine.
std::vector<EmbeddingPoint> principal_components(const std::vector<EvaluatedImage>& images, std::size_t matcher);

}  // namespace miafr
