// The prompts of miafr generate: from --prompt, --from-file, --attribute or the config, with their places filled in.
#pragma once

#include <vector>

#include "core/commands/options.h"
#include "core/config/prompt_templates.h"
#include "core/config/run_config.h"

namespace miafr {

void describe_prompt_options(Options& options);

// Throws UsageError, Error and ConfigError.
std::vector<Prompt> read_prompts(const Options& options, const RunConfig& config);

}  // namespace miafr
