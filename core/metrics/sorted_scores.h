// Genuine and impostor scores in order of acceptance: what every error rate is computed from.
#pragma once

#include <cstdint>
#include <vector>

#include "core/metrics/score_table.h"

namespace miafr {

// Both lists begin with the score that the strictest threshold accepts: descending for similarities, ascending for
// distances. All are finite and in the matcher's own unit; comparisons without a score are only counted.
struct SortedScores {
  ScoreKind kind = ScoreKind::kSimilarity;
  std::vector<double> genuine, impostor;
  std::int64_t failed_genuine = 0, failed_impostor = 0;
};

SortedScores sort_scores(const ScoreTable& table);

// +1 or -1: multiplied by it, a greater score is the more accepted one.
inline double direction(ScoreKind kind) { return kind == ScoreKind::kSimilarity ? 1 : -1; }

// How many of a sorted list are accepted at the threshold.
std::int64_t count_accepted(ScoreKind kind, const std::vector<double>& sorted, double threshold);

// How many are more accepted than that score.
std::int64_t count_stricter(ScoreKind kind, const std::vector<double>& sorted, double score);

}  // namespace miafr
