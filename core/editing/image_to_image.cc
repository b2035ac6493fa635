#include "core/editing/image_to_image.h"

#include "core/base/errors.h"
#include "core/config/load_config.h"
#include "core/editing/pixels.h"
#include "core/image/photo.h"
#include "core/pipeline/generate.h"
#include "core/pipeline/generate_checks.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {
namespace {

// A CPU computes in float32, a GPU in half precision, as miafr generate does.
at::ScalarType compute_dtype(at::Device device) { return device.is_cpu() ? at::kFloat : at::kHalf; }

GenerateSettings settings_of(const ImageToImage& wanted, at::Device device) {
  if (!(wanted.strength > 0 && wanted.strength <= 1))
    throw Error("strength " + std::to_string(wanted.strength) + ": must be over 0 and at most 1");
  GenerateSettings settings;
  settings.height = wanted.height;
  settings.width = wanted.width;
  settings.steps = wanted.steps;
  settings.scale = wanted.scale;
  settings.seed = static_cast<std::int64_t>(wanted.seed);
  settings.negative_prompt = wanted.negative_prompt;
  settings.compute = compute_dtype(device);
  settings.strength = wanted.strength;
  settings.invert = wanted.invert;
  settings.source_prompt = wanted.source_prompt;
  return settings;
}

PluginChoice sampler_of(const ImageToImage& wanted, const SamplerConfig& config) {
  return wanted.sampler.empty() ? config.choice() : parse_plugin_choice(wanted.sampler, "sampler", "");
}

}  // namespace

void image_to_image(const ImageToImage& wanted, PluginRegistry& registry, const RunSettings& run,
                    const std::filesystem::path& vocabulary,
                    const std::function<void(std::size_t, at::Tensor)>& deliver,
                    const std::function<void(std::int64_t, std::int64_t)>& on_step) {
  const RunConfig config = wanted.config.empty() ? RunConfig() : load_config(wanted.config).config;
  GenerateSettings settings = settings_of(wanted, run.device);
  const auto sampler = choose_plugin<Sampler>(sampler_of(wanted, config.sampler), registry, run);
  std::vector<LoraChoice> loras;
  for (const std::string& lora : wanted.loras) loras.push_back(parse_lora_choice(lora));
  StableDiffusion model(wanted.checkpoint, config.model, {run.device, settings.compute}, loras);
  check_generation(model, settings, run.device);
  settings.photo = resized(to_bytes(wanted.photo), settings.height, settings.width);
  const ClipTokenizer tokenizer(vocabulary);
  const auto on_image = [&](const GeneratedImage& image) {
    if (!image.fault.empty())
      throw Error("the picture of '" + wanted.prompts[image.prompt] + "' is black: " + image.fault);
    deliver(image.prompt, to_unit(image.pixels));
  };
  generate(model, config.model, tokenizer, sampler, wanted.prompts, settings, run.device, {on_image, on_step});
}

}  // namespace miafr
