#include "core/metrics/sorted_scores.h"

#include <algorithm>
#include <functional>

namespace miafr {
namespace {

void sort_by_acceptance(ScoreKind kind, std::vector<double>& scores) {
  if (kind == ScoreKind::kSimilarity)
    std::sort(scores.begin(), scores.end(), std::greater<double>());
  else
    std::sort(scores.begin(), scores.end());
}

}  // namespace

SortedScores sort_scores(const ScoreTable& table) {
  SortedScores sorted;
  sorted.kind = table.kind();
  std::size_t genuine = 0, impostor = 0;
  for (std::size_t row = 0; row < table.size(); ++row)
    if (!table.failed(row)) ++(table.genuine(row) ? genuine : impostor);
  sorted.genuine.reserve(genuine);
  sorted.impostor.reserve(impostor);
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.failed(row))
      ++(table.genuine(row) ? sorted.failed_genuine : sorted.failed_impostor);
    else
      (table.genuine(row) ? sorted.genuine : sorted.impostor).push_back(table.score(row));
  }
  sort_by_acceptance(sorted.kind, sorted.genuine);
  sort_by_acceptance(sorted.kind, sorted.impostor);
  return sorted;
}

std::int64_t count_accepted(ScoreKind kind, const std::vector<double>& sorted, double threshold) {
  const double sign = direction(kind);
  return std::partition_point(sorted.begin(), sorted.end(), [&](double s) { return sign * s >= sign * threshold; }) -
         sorted.begin();
}

std::int64_t count_stricter(ScoreKind kind, const std::vector<double>& sorted, double score) {
  const double sign = direction(kind);
  return std::partition_point(sorted.begin(), sorted.end(), [&](double s) { return sign * s > sign * score; }) -
         sorted.begin();
}

}  // namespace miafr
