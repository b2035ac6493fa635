// Error versus discard: does dropping the pictures of the worst quality lower the error rate?
#pragma once

#include <vector>

#include "core/metrics/operating_point.h"
#include "core/metrics/score_table.h"

namespace miafr {

// Whether genuine comparisons without a score are left out (FNMR) or count as rejected (GFRR).
enum class Failures { kExclude, kCountAsErrors };

struct DiscardPoint {
  Rate discarded;      // comparisons dropped, of all
  double quality = 0;  // the highest quality that is dropped; NaN at first, where nothing is
  Rate errors;         // genuine comparisons rejected, of those left
};

// The curve of Grother and Tabassi (PAMI 2007): genuine comparisons are dropped from the lowest quality on, at a
// threshold that stays as it was chosen on all of them. `quality` has a value for each row of the table, higher is
// better (of a pair, usually the lesser of its two pictures' qualities); rows of equal quality are dropped together,
// and NaN is the lowest quality. The last point is the one before nothing is left; no points without a genuine
// comparison. Throws Error where the number of values is not that of the rows, or where `at` is of the other score
// kind.
std::vector<DiscardPoint> discard_curve(const ScoreTable& table, const std::vector<double>& quality,
                                        const OperatingPoint& at, Failures failures);

}  // namespace miafr
