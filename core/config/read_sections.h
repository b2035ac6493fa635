// Turns the tree of a config in our layout into the typed structs.
#pragma once

#include "core/config/node.h"
#include "core/config/run_config.h"

namespace miafr {

// "NAME:key=value" as the map that it is short for, {name: NAME, params: {key: value}}.
Node as_map(const Node& text, const std::string& path);

// As maps, the sampler and each of the losses.
void name_plugins_as_maps(Node& root);

// What the tree does not say is as in `defaults`. Throws ConfigError: unknown section or key, value that does not fit.
RunConfig read_sections(const Node& root, const RunConfig& defaults = {});

}  // namespace miafr
