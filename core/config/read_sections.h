// Turns the tree of a config in our layout into the typed structs.
#pragma once

#include "core/config/node.h"
#include "core/config/run_config.h"

namespace miafr {

// What the tree does not say is as in `defaults`. Throws ConfigError: unknown section or key, value that does not fit.
RunConfig read_sections(const Node& root, const RunConfig& defaults = {});

}  // namespace miafr
