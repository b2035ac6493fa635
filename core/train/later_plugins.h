// The plugins that a run first asks for when it has been going for a while: looked up before it begins, so that a slip
// of the pen ends it at once.
#pragma once

#include "core/config/run_config.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

// train.detector and train.judge, NAME or NAME:key=value,key=value. Both throw ConfigError.
PluginChoice detector_choice(const TrainConfig& config);
PluginChoice judge_choice(const TrainConfig& config);

// Throws Error or ConfigError, naming the key, for a plugin that is not installed or a parameter that it does not have.
// needs_faces: a loss asks for them. Without previews neither sampler nor judge is needed.
void check_later_plugins(const RunConfig& config, PluginRegistry& registry, const RunSettings& run, bool needs_faces);

// Whether the config wants any.
bool wants_previews(const TrainConfig& config);

}  // namespace miafr
