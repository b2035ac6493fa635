// FMR against FNMR over all thresholds: the curve behind ROC (FMR, 1 - FNMR) and DET (FMR, FNMR) plots.
#pragma once

#include <cstdint>
#include <vector>

#include "core/metrics/sorted_scores.h"

namespace miafr {

struct CurvePoint {
  double threshold = 0;
  std::int64_t false_matches = 0, false_non_matches = 0;
};

// A step curve: between two neighbours, FMR and FNMR keep the stricter one's values. From the strictest threshold to
// the most permissive one, false matches rise and false non-matches fall.
struct ErrorCurve {
  ScoreKind kind = ScoreKind::kSimilarity;
  std::int64_t genuine = 0, impostor = 0;  // scores; rates are errors divided by these
  std::vector<CurvePoint> points;

  // NaN where that list is empty.
  double fmr(const CurvePoint& point) const;
  double fnmr(const CurvePoint& point) const;
};

// A point for each distinct score of both lists, after a first one that accepts nothing (threshold +infinity for
// similarities, -infinity for distances). 24 bytes a point.
ErrorCurve error_curve(const SortedScores& scores);

// Some of the curve's own points, for plotting: none is moved, made up or averaged. Each axis is divided into cells,
// `resolution` to the unit and `resolution` to the decade; of points that follow one another in the same cells of both
// axes, the first and the last stay. So the curve drawn is nowhere further than 1/resolution from the full one, in the
// rates and in decades of them, and has about 2 * resolution * (2 + decades of both axes) points at most, however many
// scores there are. For each threshold in `keep` (those printed, or marked in the plot) the curve's point with its
// error rates stays too. Throws Error for a resolution below 1.
ErrorCurve thin(const ErrorCurve& curve, int resolution, const std::vector<double>& keep = {});

}  // namespace miafr
