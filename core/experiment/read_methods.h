// `methods:` of an experiment's file, and its older spellings: `losses:`, and `evaluate.methods` for folders.
#pragma once

#include <string>
#include <vector>

#include "core/config/node.h"
#include "core/experiment/config_nodes.h"
#include "core/experiment/method.h"

namespace miafr {

// The sections that all methods of an experiment share, and that each may change.
extern const Words kRunSections;

// What an experiment's config is where nobody says otherwise: more pictures than `miafr generate` paints, one at a
// time.
RunConfig experiment_defaults();

// root: the file. config: the training config that all share, "" for none. Throws ConfigError.
std::vector<Method> read_methods(const Node& root, const std::string& config, const ExperimentPaths& paths);

}  // namespace miafr
