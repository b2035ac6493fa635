// From the tree of a config in our layout to the typed structs.
#pragma once

#include "core/config/node.h"
#include "core/config/run_config.h"

namespace miafr {

// Throws ConfigError: unknown section or key, value that does not fit.
RunConfig read_sections(const Node& root);

}  // namespace miafr
