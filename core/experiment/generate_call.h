// How an experiment calls `miafr generate`, whatever the model.
#pragma once

#include <string>

#include "core/config/run_config.h"
#include "core/experiment/pictures.h"

namespace miafr {

// The text of a config that paints these pictures: the method's model, sampler and `generate`. All that is left to the
// command line is the checkpoint, the device and the folder.
std::string generate_config(const RunConfig& method, const WantedPictures& wanted);

}  // namespace miafr
