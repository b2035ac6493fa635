// results.json: every figure of an evaluation, for other programs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/report/evaluation.h"

namespace miafr {

// Raised when a key changes its meaning or goes; new keys do not raise it.
inline constexpr int kResultsSchema = 1;

// The file's text. Rates are in 0..1, a number that cannot be had is null, infinite thresholds are "inf" and "-inf".
std::string results_json(const Evaluation& evaluation);

}  // namespace miafr
