#include "core/metrics/rate.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace miafr {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kNormalQuantile975 = 1.959963984540054;

}  // namespace

double Rate::value() const { return trials > 0 ? static_cast<double>(errors) / static_cast<double>(trials) : kNaN; }

Interval wilson_95(const Rate& rate) {
  if (rate.trials <= 0) return {kNaN, kNaN};
  const double n = static_cast<double>(rate.trials), p = rate.value();
  const double z = kNormalQuantile975, shrink = 1 + z * z / n;
  const double center = (p + z * z / (2 * n)) / shrink;
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / shrink;
  // The formula gives exactly 0 and 1 at the ends; rounding would miss them by 1e-17.
  return {rate.errors == 0 ? 0 : std::max(0.0, center - half),
          rate.errors == rate.trials ? 1 : std::min(1.0, center + half)};
}

double rule_of_three(std::int64_t trials) { return trials > 0 ? std::min(1.0, 3 / static_cast<double>(trials)) : kNaN; }

}  // namespace miafr
