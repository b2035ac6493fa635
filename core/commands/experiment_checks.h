// What can be wrong with an experiment beyond its file: plugins, their parameters, tokens.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/evaluation_run.h"
#include "core/experiment/experiment_config.h"
#include "core/runtime/plugin_registry.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {

// Every plugin that the experiment names is found and takes its parameters. Returns those of the judging matchers that
// a loss trains against. Throws ConfigError, PluginError; Error where only such matchers would judge.
Matchers check_plugins(const Experiment& experiment, PluginRegistry& registry);

// Warns of subjects' words that CLIP takes for several tokens: they share those with other words.
void check_tokens(const Experiment& experiment, const ClipTokenizer& tokenizer);

}  // namespace miafr
