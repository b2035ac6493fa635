// One number for two score lists: EER, AUC, d'; and what each list looks like.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/metrics/operating_point.h"
#include "core/metrics/sorted_scores.h"

namespace miafr {

// Equal error rate: FMR and FNMR are step functions of the threshold and need not meet. `stricter` is the most
// permissive point with FMR < FNMR, `laxer` the one after it, with FMR >= FNMR; `value` is where the straight line
// between the two has FMR = FNMR. A point with FMR = FNMR is all three. `stricter` accepts nothing (threshold infinite)
// where already the most accepted score crosses.
struct EqualErrorRate {
  double value = 0;
  OperatingPoint stricter, laxer;
};

// There is none where one of the lists is empty.
std::optional<EqualErrorRate> equal_error_rate(const SortedScores& scores);

// Area under the ROC curve: the probability that a genuine score is more accepted than an impostor's, ties half
// (Mann-Whitney). 1 is perfect; below 0.5, look whether similarity and distance are mixed up. Nothing where one list is
// empty.
std::optional<double> area_under_curve(const SortedScores& scores);

// d' = (mean of genuine - mean of impostor) / sqrt((variance of genuine + variance of impostor) / 2), with sample
// variances (n - 1) and the sign turned for distances, so that more is better. Nothing with fewer than two scores in a
// list, or where no score varies.
std::optional<double> d_prime(const SortedScores& scores);

struct ListSummary {
  std::int64_t count = 0;
  double minimum = 0, maximum = 0, mean = 0;
  double deviation = 0;                                // sample standard deviation; NaN for one score
  double q05 = 0, q25 = 0, q50 = 0, q75 = 0, q95 = 0;  // interpolated linearly between the neighbours (type 7)
};

// Summarises a list that is sorted, in either direction. There is no summary of an empty one.
std::optional<ListSummary> summarize(const std::vector<double>& sorted);

}  // namespace miafr
