// The one walk over two sorted lists that curves, EER, AUC and their bootstrap replicates share.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "core/metrics/rate.h"
#include "core/metrics/sorted_scores.h"

namespace miafr {

// Calls visit(threshold, accepted_genuine, accepted_impostor) for each distinct score of the two lists, from the
// strictest to the most permissive, until it returns false. What is accepted is counted with weights (integers), called
// with the position in the list: all 1, or how often a bootstrap replicate drew the comparison.
template <class GenuineWeight, class ImpostorWeight, class Visit>
void walk_tie_groups(ScoreKind kind, const std::vector<double>& genuine, const std::vector<double>& impostor,
                     GenuineWeight genuine_weight, ImpostorWeight impostor_weight, Visit visit) {
  const double sign = direction(kind);
  std::int64_t accepted_genuine = 0, accepted_impostor = 0;
  for (std::size_t g = 0, i = 0; g < genuine.size() || i < impostor.size();) {
    const bool from_genuine = i == impostor.size() || (g < genuine.size() && sign * genuine[g] >= sign * impostor[i]);
    const double threshold = from_genuine ? genuine[g] : impostor[i];
    for (; g < genuine.size() && genuine[g] == threshold; ++g) accepted_genuine += genuine_weight(g);
    for (; i < impostor.size() && impostor[i] == threshold; ++i) accepted_impostor += impostor_weight(i);
    if (!visit(threshold, accepted_genuine, accepted_impostor)) return;
  }
}

// Between these two neighbours of the step curve FMR = FNMR.
struct Crossing {
  double stricter_threshold = 0, laxer_threshold = 0;
  Rate stricter_fmr, stricter_fnmr, laxer_fmr, laxer_fnmr;

  // Where the straight line between the two points meets FMR = FNMR.
  double rate() const {
    const double before = stricter_fnmr.value() - stricter_fmr.value(), after = laxer_fmr.value() - laxer_fnmr.value();
    const double share = before + after > 0 ? before / (before + after) : 0;
    return stricter_fmr.value() + share * (laxer_fmr.value() - stricter_fmr.value());
  }
};

// `genuine_total` and `impostor_total` are the lists' summed weights, both above 0.
template <class GenuineWeight, class ImpostorWeight>
Crossing find_crossing(ScoreKind kind, const std::vector<double>& genuine, const std::vector<double>& impostor,
                       GenuineWeight genuine_weight, ImpostorWeight impostor_weight, std::int64_t genuine_total,
                       std::int64_t impostor_total) {
  Crossing crossing;  // begins where nothing is accepted
  crossing.laxer_threshold = direction(kind) * std::numeric_limits<double>::infinity();
  crossing.laxer_fmr = {0, impostor_total};
  crossing.laxer_fnmr = {genuine_total, genuine_total};
  walk_tie_groups(kind, genuine, impostor, genuine_weight, impostor_weight,
                  [&](double threshold, std::int64_t accepted_genuine, std::int64_t accepted_impostor) {
                    crossing.stricter_threshold = crossing.laxer_threshold;
                    crossing.stricter_fmr = crossing.laxer_fmr;
                    crossing.stricter_fnmr = crossing.laxer_fnmr;
                    crossing.laxer_threshold = threshold;
                    crossing.laxer_fmr.errors = accepted_impostor;
                    crossing.laxer_fnmr.errors = genuine_total - accepted_genuine;
                    return crossing.laxer_fmr.value() < crossing.laxer_fnmr.value();
                  });
  if (crossing.laxer_fmr.value() == crossing.laxer_fnmr.value()) {  // a point of the curve lies on the diagonal
    crossing.stricter_threshold = crossing.laxer_threshold;
    crossing.stricter_fmr = crossing.laxer_fmr;
    crossing.stricter_fnmr = crossing.laxer_fnmr;
  }
  return crossing;
}

// Mann-Whitney: the share of pairs (genuine, impostor) in which the genuine score is the more accepted one; ties half.
template <class GenuineWeight, class ImpostorWeight>
double area_under_curve(ScoreKind kind, const std::vector<double>& genuine, const std::vector<double>& impostor,
                        GenuineWeight genuine_weight, ImpostorWeight impostor_weight, std::int64_t genuine_total,
                        std::int64_t impostor_total) {
  std::int64_t before_genuine = 0, before_impostor = 0;
  std::uint64_t twice = 0;  // exact for up to 3e9 x 3e9 comparisons
  walk_tie_groups(kind, genuine, impostor, genuine_weight, impostor_weight,
                  [&](double, std::int64_t accepted_genuine, std::int64_t accepted_impostor) {
                    twice += static_cast<std::uint64_t>(accepted_genuine + before_genuine) *
                             static_cast<std::uint64_t>(accepted_impostor - before_impostor);
                    before_genuine = accepted_genuine;
                    before_impostor = accepted_impostor;
                    return true;
                  });
  return static_cast<double>(twice) / 2 / static_cast<double>(genuine_total) / static_cast<double>(impostor_total);
}

}  // namespace miafr
