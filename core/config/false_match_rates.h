// The false match rates that an evaluation reports FNMR at.
#pragma once

#include <vector>

#include "core/config/section.h"

namespace miafr {

// Each once, in their order: {"0.1", "0.01,0.001"} -> 0.1, 0.01, 0.001. name: of the setting, for messages. Throws
// ConfigError for what is no rate, and for no rate at all.
std::vector<double> false_match_rates(const Words& words, const std::string& name);

}  // namespace miafr
