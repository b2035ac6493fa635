#include "core/metrics/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/metrics/quantile.h"
#include "core/metrics/tie_groups.h"

namespace miafr {
namespace {

constexpr auto kOne = [](std::size_t) { return 1; };

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Sample variance, about the mean: exact enough for ten million scores. NaN for one value.
double variance(const std::vector<double>& values, double mean) {
  if (values.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

}  // namespace

std::optional<EqualErrorRate> equal_error_rate(const SortedScores& scores) {
  if (scores.genuine.empty() || scores.impostor.empty()) return std::nullopt;
  const Crossing crossing = find_crossing(scores.kind, scores.genuine, scores.impostor, kOne, kOne,
                                          static_cast<std::int64_t>(scores.genuine.size()),
                                          static_cast<std::int64_t>(scores.impostor.size()));
  return EqualErrorRate{crossing.rate(), evaluate(scores, crossing.stricter_threshold),
                        evaluate(scores, crossing.laxer_threshold)};
}

std::optional<double> area_under_curve(const SortedScores& scores) {
  if (scores.genuine.empty() || scores.impostor.empty()) return std::nullopt;
  return area_under_curve(scores.kind, scores.genuine, scores.impostor, kOne, kOne,
                          static_cast<std::int64_t>(scores.genuine.size()),
                          static_cast<std::int64_t>(scores.impostor.size()));
}

std::optional<double> d_prime(const SortedScores& scores) {
  if (scores.genuine.size() < 2 || scores.impostor.size() < 2) return std::nullopt;
  const auto varies = [](const std::vector<double>& sorted) { return sorted.front() != sorted.back(); };
  if (!varies(scores.genuine) && !varies(scores.impostor)) return std::nullopt;
  const double genuine = mean(scores.genuine), impostor = mean(scores.impostor);
  const double spread = (variance(scores.genuine, genuine) + variance(scores.impostor, impostor)) / 2;
  return direction(scores.kind) * (genuine - impostor) / std::sqrt(spread);
}

std::optional<ListSummary> summarize(const std::vector<double>& sorted) {
  if (sorted.empty()) return std::nullopt;
  std::vector<double> ascending = sorted;
  if (ascending.front() > ascending.back()) std::reverse(ascending.begin(), ascending.end());
  ListSummary summary;
  summary.count = static_cast<std::int64_t>(ascending.size());
  summary.minimum = ascending.front();
  summary.maximum = ascending.back();
  summary.mean = mean(ascending);
  summary.deviation = std::sqrt(variance(ascending, summary.mean));
  summary.q05 = quantile(ascending, 0.05);
  summary.q25 = quantile(ascending, 0.25);
  summary.q50 = quantile(ascending, 0.5);
  summary.q75 = quantile(ascending, 0.75);
  summary.q95 = quantile(ascending, 0.95);
  return summary;
}

}  // namespace miafr
