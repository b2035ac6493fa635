// `subjects:` of an experiment's file: the persons.
#pragma once

#include <string>
#include <vector>

#include "core/config/node.h"
#include "core/experiment/config_nodes.h"
#include "core/experiment/experiment_config.h"

namespace miafr {

// Each with a token of its own. class_word: of those that name none. Throws ConfigError.
std::vector<Subject> read_subjects(const Node& root, const std::string& class_word, const ExperimentPaths& paths);

}  // namespace miafr
