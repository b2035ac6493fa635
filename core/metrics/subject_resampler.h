// Resampling persons with replacement: the draws that all bootstrap intervals share.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/metrics/rate.h"

namespace miafr {

struct BootstrapOptions {
  int replicates = 1000;   // 1..1,000,000
  std::uint64_t seed = 1;  // the same seed gives the same result, whatever the number of threads
  int threads = 0;         // 0: as many as the machine has
};

// Percentile interval: the 2.5 % and 97.5 % quantiles of the replicates' values.
struct BootstrapInterval {
  Interval interval;  // NaN with fewer than two subjects, or where no replicate has a value
  std::int64_t subjects = 0;
  std::int64_t replicates = 0;  // those with a value, on which the quantiles stand
  std::int64_t undefined = 0;   // those without: nobody drawn had a comparison of the kind
};

// Each replicate draws as many subjects as there are, with replacement. Its draws follow from seed and replicate alone
// (std::mt19937_64 seeded with both), so that two statistics, or two methods, see the same persons.
class SubjectResampler {
 public:
  // How often each subject was drawn.
  using Weights = std::vector<std::uint32_t>;

  // Throws Error for options out of range.
  SubjectResampler(std::size_t subjects, const BootstrapOptions& options);

  std::size_t subjects() const { return subjects_; }
  std::size_t replicates() const { return static_cast<std::size_t>(options_.replicates); }

  // Calls visit(replicate, weights) for every replicate, from several threads at once. `visit` must not throw.
  void for_each(const std::function<void(std::size_t, const Weights&)>& visit) const;

  // The interval of a statistic that is NaN where it is undefined and may be infinite.
  BootstrapInterval interval(const std::function<double(std::size_t, const Weights&)>& statistic) const;

 private:
  void draw(std::size_t replicate, Weights& weights) const;

  std::size_t subjects_;
  BootstrapOptions options_;
};

}  // namespace miafr
