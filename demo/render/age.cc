#include "demo/render/age.h"

#include <algorithm>
#include <cstddef>

namespace miafr::demo {
namespace {

constexpr std::size_t kKnots = 6;
using Curve = std::array<float, kKnots>;
constexpr Curve kYears = {7, 15, 26, 46, 65, 83};  // the middle of each label

// Where years lies between two knots: level near each, so that a label has its look and the change lies between labels.
struct Place {
  std::size_t knot;
  float share;
};

Place find(float years) {
  const float inside = std::clamp(years, kYears.front(), kYears.back());
  std::size_t knot = 0;
  while (knot + 2 < kKnots && inside > kYears[knot + 1]) ++knot;
  const float t = (inside - kYears[knot]) / (kYears[knot + 1] - kYears[knot]);
  return {knot, t * t * t * (10 - 15 * t + 6 * t * t)};
}

}  // namespace

std::string age_name(AgeLabel age) {
  static constexpr std::array<const char*, kKnots> kNames = {"child",      "teenager", "youngadults",
                                                             "middleaged", "elderly",  "old"};
  return kNames[static_cast<std::size_t>(age)];
}

float age_in_years(AgeLabel age, float jitter) {
  static constexpr Curve kHalfRange = {2, 2, 4, 5, 5, 6};
  const auto label = static_cast<std::size_t>(age);
  return kYears[label] + std::clamp(jitter, -1.F, 1.F) * kHalfRange[label];
}

AgeTraits age_traits(float years) {
  const Place place = find(years);
  const auto at = [&](const Curve& c) { return c[place.knot] + (c[place.knot + 1] - c[place.knot]) * place.share; };
  const auto strength = [&](const Curve& c) { return std::clamp(at(c), 0.F, 1.F); };
  AgeTraits traits{};
  //                         child  teen  young middle elder  old
  traits.size = at({0.95F, 0.98F, 1.00F, 1.00F, 1.00F, 0.99F});
  traits.chin = at({0.79F, 0.90F, 1.00F, 1.01F, 1.02F, 1.00F});
  traits.crown = at({1.14F, 1.05F, 1.00F, 1.00F, 1.00F, 0.99F});
  traits.width = at({1.03F, 0.99F, 1.00F, 1.02F, 1.02F, 0.99F});
  traits.jaw = at({0.97F, 0.93F, 1.00F, 1.03F, 1.06F, 1.05F});
  traits.cheeks = at({1.00F, 0.60F, 0.40F, 0.35F, 0.20F, 0.00F});
  traits.eyes = at({1.24F, 1.13F, 1.00F, 0.95F, 0.91F, 0.87F});
  traits.opening = at({1.36F, 1.16F, 1.00F, 0.92F, 0.82F, 0.72F});
  traits.nose = at({0.68F, 0.88F, 1.00F, 1.05F, 1.14F, 1.24F});
  traits.mouth = at({0.82F, 0.94F, 1.00F, 1.02F, 1.03F, 1.02F});
  traits.lips = at({1.00F, 1.05F, 1.00F, 0.86F, 0.66F, 0.46F});
  traits.brows = at({0.66F, 0.88F, 1.00F, 1.02F, 0.96F, 1.02F});
  traits.ears = at({0.88F, 0.94F, 1.00F, 1.06F, 1.17F, 1.32F});
  traits.neck = at({0.64F, 0.78F, 1.00F, 1.05F, 1.00F, 0.88F});
  traits.shoulders = at({0.66F, 0.80F, 1.00F, 1.03F, 1.00F, 0.92F});
  traits.blush = at({1.00F, 0.65F, 0.45F, 0.30F, 0.28F, 0.22F});
  traits.saturation = at({1.06F, 1.02F, 1.00F, 0.96F, 0.88F, 0.78F});
  traits.wrinkles = strength({0.F, 0.F, 0.00F, 0.36F, 0.74F, 1.00F});
  traits.sag = strength({0.F, 0.F, 0.00F, 0.26F, 0.64F, 1.00F});
  traits.grey = strength({0.F, 0.F, 0.00F, 0.22F, 0.68F, 1.00F});
  traits.receding = strength({0.F, 0.F, 0.04F, 0.36F, 0.66F, 0.95F});
  traits.spots = strength({0.F, 0.F, 0.00F, 0.00F, 0.36F, 1.00F});
  traits.pimples = strength({0.F, 1.F, 0.00F, 0.00F, 0.00F, 0.00F});
  traits.beard = strength({0.F, 0.F, 1.00F, 1.00F, 1.00F, 1.00F});
  if (years < 18) traits.beard = 0;
  return traits;
}

}  // namespace miafr::demo
