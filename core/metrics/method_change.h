// Did one method change the error rate of another? "44 % lower FNMR", with an interval.
#pragma once

#include <cstdint>
#include <optional>

#include "core/metrics/discard_curve.h"
#include "core/metrics/operating_point.h"
#include "core/metrics/score_table.h"
#include "core/metrics/subject_resampler.h"

namespace miafr {

struct MethodChange {
  Rate baseline, other;            // of the persons compared
  double difference = 0;           // other - baseline; NaN where one has no trials
  std::optional<double> relative;  // difference / baseline: -0.44 is "44 % lower"; nothing where the baseline is 0
  BootstrapInterval difference_interval;
  // A replicate with baseline 0 is +infinity where the other has errors and undefined where it has none, so an upper
  // end of infinity means: the baseline has too few errors.
  BootstrapInterval relative_interval;
  std::int64_t subjects = 0, only_in_baseline = 0, only_in_other = 0;  // persons with genuine comparisons
};

// FNMR of two methods on the same persons (with Failures::kCountAsErrors: GFRR), each at its own threshold, which is
// usually one and the same, chosen on real impostors. Paired: a replicate draws persons, and all genuine comparisons of
// a person, of both methods, come with her. Persons that only one method has are left out and counted; a person all of
// whose comparisons failed is there, and counts where failures do. Impostor rows are not looked at.
// Throws Error where genuine comparisons do not name their person, or a threshold is of the other score kind.
MethodChange paired_change(const ScoreTable& baseline, const OperatingPoint& baseline_at, const ScoreTable& other,
                           const OperatingPoint& other_at, Failures failures, const BootstrapOptions& options = {});

}  // namespace miafr
