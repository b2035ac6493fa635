#include "core/metrics/error_curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>

#include "core/metrics/tie_groups.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr auto kOne = [](std::size_t) { return 1; };

// In linear and in logarithmic cells; a rate of 0 has a logarithmic cell of its own, and so has an empty list.
std::array<std::int64_t, 2> cell(double rate, int resolution) {
  if (!(rate > 0)) return {0, std::numeric_limits<std::int64_t>::min()};
  return {static_cast<std::int64_t>(std::floor(rate * resolution)),
          static_cast<std::int64_t>(std::floor(std::log10(rate) * resolution))};
}

// The point whose rates hold at that threshold: the most permissive one that is not more permissive than it.
std::size_t point_at(const ErrorCurve& curve, double threshold) {
  const double sign = direction(curve.kind);
  const auto after = std::partition_point(curve.points.begin(), curve.points.end(), [&](const CurvePoint& point) {
    return sign * point.threshold >= sign * threshold;
  });
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, after - curve.points.begin() - 1));
}

}  // namespace

double ErrorCurve::fmr(const CurvePoint& point) const { return Rate{point.false_matches, impostor}.value(); }
double ErrorCurve::fnmr(const CurvePoint& point) const { return Rate{point.false_non_matches, genuine}.value(); }

ErrorCurve error_curve(const SortedScores& scores) {
  ErrorCurve curve;
  curve.kind = scores.kind;
  curve.genuine = static_cast<std::int64_t>(scores.genuine.size());
  curve.impostor = static_cast<std::int64_t>(scores.impostor.size());
  curve.points.reserve(scores.genuine.size() + scores.impostor.size() + 1);
  curve.points.push_back({direction(scores.kind) * std::numeric_limits<double>::infinity(), 0, curve.genuine});
  walk_tie_groups(scores.kind, scores.genuine, scores.impostor, kOne, kOne,
                  [&](double threshold, std::int64_t genuine, std::int64_t impostor) {
                    curve.points.push_back({threshold, impostor, curve.genuine - genuine});
                    return true;
                  });
  return curve;
}

ErrorCurve thin(const ErrorCurve& curve, int resolution, const std::vector<double>& keep) {
  if (resolution < 1)
    throw Error("resolution: " + std::to_string(resolution) + " cells; at least 1 is needed, 200 is fine for a page");
  const std::size_t count = curve.points.size();
  std::vector<bool> kept(count, false);
  using Cell = std::array<std::int64_t, 2>;
  std::array<Cell, 2> previous{};
  for (std::size_t i = 0; i < count; ++i) {
    const std::array<Cell, 2> here = {cell(curve.fmr(curve.points[i]), resolution),
                                      cell(curve.fnmr(curve.points[i]), resolution)};
    if (i == 0 || here != previous) {
      kept[i] = true;
      if (i > 0) kept[i - 1] = true;
    }
    previous = here;
  }
  if (count > 0) kept[count - 1] = true;
  for (const double threshold : keep)
    if (count > 0 && !std::isnan(threshold)) kept[point_at(curve, threshold)] = true;

  ErrorCurve thinned = curve;
  thinned.points.clear();
  for (std::size_t i = 0; i < count; ++i)
    if (kept[i]) thinned.points.push_back(curve.points[i]);
  return thinned;
}

}  // namespace miafr
