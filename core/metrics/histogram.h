// Score histograms that can be laid over each other.
#pragma once

#include <cstdint>
#include <vector>

namespace miafr {

// Bin k holds edges[k] <= score < edges[k + 1]; the last one also its upper edge.
struct Histograms {
  std::vector<double> edges;                      // bins + 1, evenly spaced
  std::vector<std::vector<std::int64_t>> counts;  // [list][bin]
};

// One histogram for each list (of finite scores), all with the same bins, from the least to the greatest score of all
// lists; half a unit to both sides where that is one value, 0 to 1 where there is no score. Throws Error for fewer than
// 1 or more than 100,000 bins, for a score that is not finite, and where the range overflows a double.
Histograms common_histograms(const std::vector<const std::vector<double>*>& lists, int bins);

}  // namespace miafr
