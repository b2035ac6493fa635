// An error rate as it was counted, and how sure it is.
#pragma once

#include <cstdint>

namespace miafr {

// A 95 % interval; both ends NaN where none can be given.
struct Interval {
  double low = 0, high = 0;
};

// `errors` of `trials`.
struct Rate {
  std::int64_t errors = 0, trials = 0;

  // 0..1; NaN without trials.
  double value() const;

  // Fewer than 30 errors: the rule of 30 (ISO/IEC 19795-1) calls such a rate indicative, it may be off by more than a
  // third. Print the counts beside it.
  bool indicative() const { return errors < 30; }
};

// Wilson score interval (Wilson 1927) for independent trials. Comparisons that share a person are not independent: then
// it is too narrow, and the subject bootstrap (bootstrap.h) is the one to report. NaN without trials.
Interval wilson_95(const Rate& rate);

// 95 % upper bound of a rate of which no error was seen in that many independent trials: 3/n (rule of 3, ISO/IEC
// 19795-1), at most 1. NaN without trials.
double rule_of_three(std::int64_t trials);

}  // namespace miafr
