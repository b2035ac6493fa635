// Failures to acquire and to enrol, and the error rates of a whole system, where they count.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/rate.h"

namespace miafr {

// One picture that a matcher was to make a template from.
struct Acquisition {
  std::string_view subject;
  bool reference = false;         // to enrol the person; else a probe
  std::string_view failure = "";  // empty: there is a template; else why there is none: "no face", "unreadable"
};

struct AcquisitionCounts {
  Rate fta;  // failure to acquire: probes without a template
  Rate fte;  // failure to enrol: persons with references, none of which gave a template
  std::map<std::string, std::int64_t> probe_failures, reference_failures;  // pictures by reason
};

AcquisitionCounts count_acquisitions(const std::vector<Acquisition>& acquisitions);

// ISO/IEC 19795-1: transactions of one attempt each, failures independent of the comparison. All are rates in 0..1;
// a NaN goes through.
struct SystemRates {
  double far = 0;   // FMR (1 - FTA)
  double frr = 0;   // FTA + FNMR (1 - FTA)
  double gfar = 0;  // FMR (1 - FTA) (1 - FTE)
  double gfrr = 0;  // FTE + (1 - FTE) FTA + (1 - FTE) (1 - FTA) FNMR
};
SystemRates system_rates(double fmr, double fnmr, double fta, double fte);

}  // namespace miafr
