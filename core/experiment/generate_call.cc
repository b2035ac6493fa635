#include "core/experiment/generate_call.h"

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"

namespace miafr {

std::string generate_config(const RunConfig& training, const std::vector<Prompt>& prompts) {
  RunConfig config;
  config.model = training.model;
  config.sampler = training.sampler;
  for (const Prompt& prompt : prompts) config.prompts.push_back({prompt.text, prompt.label});
  return to_yaml(config);
}

std::vector<std::string> generate_options(const PaintConfig& paint, const WantedPictures& wanted) {
  std::vector<std::string> options = {"--seed",       std::to_string(wanted.seed),
                                      "--n_samples",  std::to_string(wanted.count),
                                      "--batch_size", std::to_string(paint.batch_size),
                                      "--scale",      format_number(paint.scale),
                                      "--H",          std::to_string(paint.height),
                                      "--W",          std::to_string(paint.width),
                                      "--dtype",      paint.dtype};
  if (!paint.negative_prompt.empty()) options.push_back("--negative_prompt=" + paint.negative_prompt);
  return options;
}

}  // namespace miafr
