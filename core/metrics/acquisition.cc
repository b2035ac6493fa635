#include "core/metrics/acquisition.h"

namespace miafr {

AcquisitionCounts count_acquisitions(const std::vector<Acquisition>& acquisitions) {
  AcquisitionCounts counts;
  std::map<std::string_view, bool> enrolled;
  for (const Acquisition& acquisition : acquisitions) {
    const bool failed = !acquisition.failure.empty();
    if (failed)
      ++(acquisition.reference ? counts.reference_failures : counts.probe_failures)[std::string(acquisition.failure)];
    if (acquisition.reference) {
      bool& has_template = enrolled[acquisition.subject];
      has_template = has_template || !failed;
    } else {
      ++counts.fta.trials;
      counts.fta.errors += failed;
    }
  }
  for (const auto& [subject, has_template] : enrolled) {
    ++counts.fte.trials;
    counts.fte.errors += !has_template;
  }
  return counts;
}

}  // namespace miafr
