// Whether error rates differ between groups of persons: after ISO/IEC 19795-10, at the thresholds that hold for
// everybody.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "core/evaluation/evaluation.h"

namespace miafr {

// A CSV with the columns subject and group, a row for each person -> group by person. Throws Error "FILE:LINE: ..."
// also for a person in two groups.
std::map<std::string, std::string> read_demographic_groups(const std::filesystem::path& csv);

// How far the rates of a method's groups lie apart at one target.
struct Differential {
  std::string highest, lowest;  // groups; "" where fewer than two have trials
  double ratio = 0;             // highest rate / lowest rate; NaN where the lowest is 0
  double to_mean = 0;           // highest rate / geometric mean of all; NaN where a rate is 0
};

enum class RateKind { kFmr, kFnmr };
const Rate& rate_of(const OperatingResult& at, RateKind kind);
Differential differential(const std::vector<CellResult>& groups, std::size_t target, RateKind kind);

}  // namespace miafr
