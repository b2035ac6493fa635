#include "core/metrics/histogram.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/base/errors.h"

namespace miafr {
namespace {

std::vector<double> bin_edges(double low, double high, int bins) {
  if (low > high) {  // no score at all
    low = 0;
    high = 1;
  } else if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  const double step = (high - low) / bins;
  // Scores so large, or so close to each other, that the bins would have no width.
  if (!std::isfinite(high - low) || !(low + step > low) || !(high - step < high))
    throw Error("histogram: no " + std::to_string(bins) +
                " bins fit between the least and the greatest score; look at the scores, or take fewer bins");
  std::vector<double> edges(bins + 1);
  for (int k = 0; k < bins; ++k) edges[k] = low + k * step;
  edges[bins] = high;
  return edges;
}

int bin_of(double score, const std::vector<double>& edges) {
  const int bins = static_cast<int>(edges.size()) - 1;
  const double share = (score - edges.front()) / (edges.back() - edges.front());
  int bin = std::clamp(static_cast<int>(share * bins), 0, bins - 1);
  if (score < edges[bin] && bin > 0) --bin;  // the quotient is rounded, the edges decide
  if (score >= edges[bin + 1] && bin < bins - 1) ++bin;
  return bin;
}

}  // namespace

Histograms common_histograms(const std::vector<const std::vector<double>*>& lists, int bins) {
  if (bins < 1 || bins > 100000) throw Error("histogram: " + std::to_string(bins) + " bins; 1 to 100000 are possible");
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const auto* list : lists)
    for (const double score : *list) {
      if (!std::isfinite(score)) throw Error("histogram: a score is not finite; leave failed comparisons out");
      low = std::min(low, score);
      high = std::max(high, score);
    }
  Histograms histograms;
  histograms.edges = bin_edges(low, high, bins);
  for (const auto* list : lists) {
    auto& counts = histograms.counts.emplace_back(bins, 0);
    for (const double score : *list) ++counts[bin_of(score, histograms.edges)];
  }
  return histograms;
}

}  // namespace miafr
