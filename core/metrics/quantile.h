// Quantiles of a sorted list.
#pragma once

#include <cmath>
#include <vector>

namespace miafr {

// The value at `share` (0..1) of an ascending list that is not empty, linear between neighbours (type 7 of Hyndman and
// Fan 1996, the default of NumPy and R).
inline double quantile(const std::vector<double>& ascending, double share) {
  const double position = share * static_cast<double>(ascending.size() - 1);
  const auto index = static_cast<std::size_t>(position);
  if (index + 1 >= ascending.size()) return ascending.back();
  const double part = position - static_cast<double>(index);
  if (part == 0 || ascending[index] == ascending[index + 1]) return ascending[index];  // also where both are infinite
  return ascending[index] + part * (ascending[index + 1] - ascending[index]);
}

}  // namespace miafr
