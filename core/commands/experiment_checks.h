// What can be wrong with an experiment beyond its file: plugins, their parameters, tokens, and what is judged.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/evaluation_run.h"
#include "core/experiment/experiment_config.h"
#include "core/runtime/plugin_registry.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {

// Every plugin that the experiment names is found and takes its parameters. model_folders: where the judges look for
// weights. Throws ConfigError, PluginError; Error where only matchers would judge that a loss is trained against.
Judges check_plugins(const Experiment& experiment, PluginRegistry& registry,
                     const std::vector<std::string>& model_folders);

// What the evaluation would find out after all trainings: a subject without a photo to be compared with, a method's
// folder without pictures, groups that cannot be read or are of nobody. Throws Error.
void check_judged_folders(const Experiment& experiment);

// Warns of subjects' words that CLIP takes for several tokens: they share those with other words.
void check_tokens(const Experiment& experiment, const ClipTokenizer& tokenizer);

}  // namespace miafr
