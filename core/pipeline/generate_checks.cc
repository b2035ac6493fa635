#include "core/pipeline/generate_checks.h"

#include <algorithm>
#include <optional>

#include "core/pipeline/decode.h"
#include "core/base/errors.h"
#include "core/base/memory.h"

namespace miafr {
namespace {

// Floats that are alive at once, for each channel of a network's first level and each of its pixels. Measured with
// Stable Diffusion v1.5 at 512 and 768: 7 to 8 in the decoder, at most 24 in the U-Net; the rest is for safety.
constexpr double kUNetFloats = 32, kDecoderFloats = 10;

void check_size(const StableDiffusion& model, const GenerateSettings& settings) {
  const std::int64_t factor = model.autoencoder_config().factor();
  for (const auto& [name, size] : {std::pair("height", settings.height), std::pair("width", settings.width)})
    if (size < factor || size % factor != 0)
      throw Error(std::string(name) + " " + std::to_string(size) + ": must be a positive multiple of " +
                  std::to_string(factor));
  const std::int64_t takes = model.unet_config().in_channels, has = model.autoencoder_config().latent_channels;
  if (takes != has)
    throw Error(model.checkpoint().path.string() + ": its U-Net takes " + std::to_string(takes) +
                " channels, as for inpainting, and not the latent's " + std::to_string(has) +
                "; it cannot make a picture from text alone");
}

// So that a run does not end by the system's killing it. Weights are left out: most of them are a mapped file's, which
// the system can take back.
void check_memory(const StableDiffusion& model, const GenerateSettings& settings, at::Device device) {
  const auto available = device.is_cpu() ? available_memory() : std::nullopt;
  if (!available) return;
  const double area = static_cast<double>(settings.height) * settings.width;
  const double factor = model.autoencoder_config().factor(), latent_area = area / (factor * factor);
  const double images = settings.at_once() * (settings.scale != 1 ? 2.0 : 1.0);
  const double unet = latent_area * images * model.unet_config().model_channels * kUNetFloats * sizeof(float);
  const double decoded = std::min<double>(latent_area, kWholeArea) * factor * factor;
  const double decoder = decoded * model.autoencoder_config().channels * kDecoderFloats * sizeof(float);
  const double needed = std::max(unet, decoder + 64 * area);  // and the picture itself in a few forms
  if (needed <= *available) return;
  throw Error(std::to_string(settings.width) + " x " + std::to_string(settings.height) + " pixels, " +
              std::to_string(settings.at_once()) + " at once: about " + memory_text(needed) +
              " of memory are needed and " + memory_text(*available) +
              " are free; make --W and --H or --batch_size smaller");
}

}  // namespace

void check_generation(const StableDiffusion& model, const GenerateSettings& settings, at::Device device) {
  check_size(model, settings);
  check_memory(model, settings, device);
}

}  // namespace miafr
