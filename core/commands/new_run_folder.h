// Where a run of train or fit keeps its things.
#pragma once

#include <filesystem>

#include "core/commands/options.h"

namespace miafr {

// LOGDIR/<time>_<job> by -l and -n. Throws UsageError for a job that is no name.
std::filesystem::path new_run_folder(const Options& options);

}  // namespace miafr
