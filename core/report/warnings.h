// What a reader must know before the numbers.
#pragma once

#include <string>
#include <vector>

#include "core/report/evaluation.h"

namespace miafr {

// In the order of weight: thresholds not from real images, a matcher that was trained against, targets that the scores
// cannot resolve, self and repeated pairs, persons without names.
std::vector<std::string> warnings_of(const Evaluation& evaluation);

}  // namespace miafr
