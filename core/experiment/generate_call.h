// How an experiment calls `miafr generate`, whatever the model.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/experiment_config.h"
#include "core/experiment/pictures.h"

namespace miafr {

// The text of a config with the model and the sampler of a training, and these prompts.
std::string generate_config(const RunConfig& training, const std::vector<Prompt>& prompts);

// The options that say which pictures and how: all but model, config, device and folder.
std::vector<std::string> generate_options(const PaintConfig& paint, const WantedPictures& wanted);

}  // namespace miafr
