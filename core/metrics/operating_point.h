// A threshold, and the error rates that it has on a list of scores.
#pragma once

#include <optional>

#include "core/metrics/rate.h"
#include "core/metrics/sorted_scores.h"

namespace miafr {

struct OperatingPoint {
  ScoreKind kind = ScoreKind::kSimilarity;
  double threshold = 0;  // accepts score >= threshold (similarity) or <= threshold (distance)
  Rate fmr;              // false match rate: impostors accepted, of those with a score
  Rate fnmr;             // false non-match rate: genuine rejected, of those with a score
  Rate gfrr;             // false rejects of all genuine attempts: those without a score count as rejected
};

// The error rates at a threshold, infinite ones included. A rate whose list is empty has no trials and the value NaN.
// Throws Error for a NaN threshold.
OperatingPoint evaluate(const SortedScores& scores, double threshold);

// The same for a threshold that was chosen on other scores: on real impostors, to be applied unchanged to edited
// pictures. Only the threshold is taken from `chosen`. Throws Error where one list has similarities and the other
// distances.
OperatingPoint evaluate(const SortedScores& scores, const OperatingPoint& chosen);

// The operating point for a target FMR.
struct TargetPoint {
  double target = 0;
  OperatingPoint point;    // point.fmr is the FMR achieved, never above the target
  bool resolvable = true;  // target >= 1 / impostors; else the FMR at the threshold is known to be small, not how small
  bool observed = true;    // the threshold is one of the scores
  std::optional<double> rule_of_three;  // where the point has no false match: 95 % upper bound of its FMR
};

// The threshold is the most permissive score of either list whose FMR is at most the target, so it may be a genuine
// score below the last impostor that is still accepted. Where no score qualifies (the most accepted score is an
// impostor's), it is the next double beyond that score: it accepts nothing of this list, and `observed` is false.
// Nothing without an impostor score. Throws Error for a target outside 0..1. A target of 0 is what others call ZeroFMR.
std::optional<TargetPoint> point_at_fmr(const SortedScores& scores, double target);

}  // namespace miafr
