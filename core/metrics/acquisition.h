// Failures to acquire and to enrol.
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

}  // namespace miafr
