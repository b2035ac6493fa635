// t-SNE: points with many dimensions on a plane, so that near ones stay near.
#pragma once

#include <array>
#include <functional>
#include <vector>

namespace miafr {

struct TsneOptions {
  double perplexity = 30;  // about how many neighbours count; less where there are not three times as many points
  int iterations = 1000;   // the first 250 with exaggerated attraction
};

struct TsneMap {
  std::vector<std::array<double, 2>> places;
  double perplexity = 0;     // used
  double kl_divergence = 0;  // of the neighbours there from those here: 0 where they are the same
};

// L. van der Maaten, G. Hinton: Visualizing Data using t-SNE, JMLR 9 (2008), with its exact gradient; schedule as in
// scikit-learn: exaggeration 12 and momentum 0.5, then 0.8; step max(n / 48, 50) with a gain for each coordinate;
// `start`, such as principal components, scaled to 1e-4 (D. Kobak, P. Berens: Nature Communications 10, 5416 (2019)).
// Nothing is drawn at random: equal input, equal map.
//
// squared_distances: n x n, symmetric, row by row. start: n places. Time O(n^2) an iteration: 1000 points take seconds.
// on_iteration is called before each; what it throws comes through. Fewer than 4 points come back as they are.
TsneMap tsne(const std::vector<double>& squared_distances, const std::vector<std::array<double, 2>>& start,
             const TsneOptions& options, const std::function<void()>& on_iteration);

}  // namespace miafr
