// manifest.json: what an experiment was made of and what came out, with hashes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/experiment/trial.h"
#include "core/experiment/trial_run.h"

namespace miafr {

// changes: key=value of the command line.
std::string manifest_json(const Experiment& experiment, const std::vector<std::string>& changes,
                          const std::vector<Trial>& trials, const std::vector<TrialStatus>& statuses,
                          const std::filesystem::path& out, InputHashes& hashes);

}  // namespace miafr
