// A config as YAML.
#pragma once

#include <string>

#include "core/config/run_config.h"

namespace miafr {

// Every setting with its value and, as a comment, what it means. Loads again to exactly the same config.
std::string to_yaml(const RunConfig& config);

}  // namespace miafr
