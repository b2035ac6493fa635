#include "core/metrics/discard_curve.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/base/errors.h"

namespace miafr {
namespace {

struct Comparison {
  double quality = 0;
  bool error = false;
};

std::vector<Comparison> genuine_by_quality(const ScoreTable& table, const std::vector<double>& quality,
                                           const OperatingPoint& at, Failures failures) {
  const double sign = direction(table.kind());
  std::vector<Comparison> genuine;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (!table.genuine(row) || (table.failed(row) && failures == Failures::kExclude)) continue;
    const bool accepted = !table.failed(row) && sign * table.score(row) >= sign * at.threshold;
    const double value = std::isnan(quality[row]) ? -std::numeric_limits<double>::infinity() : quality[row];
    genuine.push_back({value, !accepted});
  }
  std::sort(genuine.begin(), genuine.end(), [](const auto& a, const auto& b) { return a.quality < b.quality; });
  return genuine;
}

}  // namespace

std::vector<DiscardPoint> discard_curve(const ScoreTable& table, const std::vector<double>& quality,
                                        const OperatingPoint& at, Failures failures) {
  if (quality.size() != table.size())
    throw Error("quality: " + std::to_string(quality.size()) + " values for " + std::to_string(table.size()) +
                " comparisons; give one for each");
  evaluate(SortedScores{table.kind(), {}, {}}, at);  // refuses a threshold of the other kind
  const std::vector<Comparison> genuine = genuine_by_quality(table, quality, at, failures);
  if (genuine.empty()) return {};

  const auto total = static_cast<std::int64_t>(genuine.size());
  Rate left{std::count_if(genuine.begin(), genuine.end(), [](const auto& c) { return c.error; }), total};
  std::vector<DiscardPoint> curve = {{{0, total}, std::numeric_limits<double>::quiet_NaN(), left}};
  for (std::size_t i = 0; i < genuine.size();) {
    const double worst = genuine[i].quality;
    for (; i < genuine.size() && genuine[i].quality == worst; ++i) {
      left.errors -= genuine[i].error;
      --left.trials;
    }
    if (left.trials > 0) curve.push_back({{total - left.trials, total}, worst, left});
  }
  return curve;
}

}  // namespace miafr
