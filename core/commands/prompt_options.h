// The prompts of miafr generate: from --prompt, --from-file, --attribute or the config, with their places filled in.
#pragma once

#include <string>
#include <vector>

#include "core/commands/options.h"
#include "core/config/run_config.h"

namespace miafr {

// What a run paints, a row of the grid each.
struct Prompt {
  std::string text;
  std::string label;  // the age or attribute that it asks for; "" for none
};

void describe_prompt_options(Options& options);

// Throws UsageError, Error and ConfigError.
std::vector<Prompt> read_prompts(const Options& options, const RunConfig& config);

}  // namespace miafr
