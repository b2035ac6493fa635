#include "core/experiment/generate_call.h"

#include "core/config/to_yaml.h"

namespace miafr {

std::string generate_config(const RunConfig& method, const WantedPictures& wanted) {
  RunConfig config;
  config.model = method.model;
  config.sampler = method.sampler;
  config.generate = method.generate;
  config.generate.seed = wanted.seed;
  config.generate.images = wanted.count;
  for (const Prompt& prompt : wanted.prompts) config.prompts.push_back({prompt.text, prompt.label});
  return to_yaml(config);
}

}  // namespace miafr
