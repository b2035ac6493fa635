#include "core/train/memory_plan.h"

#include "core/base/errors.h"
#include "core/base/memory.h"

namespace miafr {
namespace {

// Floats that are alive at the end of a forward pass, for each pixel of the latent and each channel of the U-Net's
// first level; the decoder's for each pixel of the image and each of its channels. The first two follow from the peaks
// of full and LoRA training of Stable Diffusion v1.5 at 256x256 with and without recomputing, the third from its
// layers.
constexpr double kKept = 430, kKeptIfRecomputed = 120, kDecoderKept = 42;
constexpr double kProgram = 256.0 * 1024 * 1024;  // LibTorch's libraries and what they allocate

double bytes_of(const NamedTensors& tensors) {
  double bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += static_cast<double>(tensor.nbytes());
  return bytes;
}

double bytes_of_networks(const StableDiffusion& model) {
  double bytes = 0;
  for (const auto& [name, entry] : model.checkpoint().entries)
    bytes += static_cast<double>(entry.info.numel() * size_of(entry.info.dtype));
  return bytes;
}

}  // namespace

double MemoryPlan::total() const {
  double total = 0;
  for (const auto& [name, bytes] : parts) total += bytes;
  return total;
}

std::string MemoryPlan::text() const {
  std::string text = "memory: ";
  for (const auto& [name, bytes] : parts) text += name + " " + memory_text(bytes) + ", ";
  return text + "in all about " + memory_text(total());
}

MemoryPlan plan_memory(const StableDiffusion& model, const NamedTensors& trained, const RunConfig& config, bool has_reg,
                       std::int64_t num_images, bool decodes) {
  const double factor = static_cast<double>(model.autoencoder_config().factor());
  const double area = static_cast<double>(config.data.size) * config.data.size, latent_area = area / (factor * factor);
  const double images = static_cast<double>(config.data.batch_size) * (has_reg ? 2 : 1);
  const bool full = config.train.method == "full";
  const double weights = bytes_of(trained);
  // Weights that are not trained are pages of the checkpoint's file; the U-Net's and the text encoder's count where a
  // LoRA reads them at every step.
  const double frozen = full ? 0 : bytes_of_networks(model);
  const double kept = config.train.gradient_checkpointing ? kKeptIfRecomputed : kKept;
  double activations = kept * latent_area * images * model.unet_config().model_channels * sizeof(float);
  if (decodes) activations += kDecoderKept * area * images * model.autoencoder_config().channels * sizeof(float);
  MemoryPlan plan;
  plan.parts = {{"weights", weights + frozen},
                {"gradients", weights},
                {"optimizer", weights * (config.train.optimizer == "adamw8bit" ? 0.5 : 2)},
                {"activations", activations},
                {"program", kProgram}};
  if (config.train.use_ema) plan.parts.emplace_back("moving average", weights);
  if (config.train.cache_latents != "none") {
    const double latents = 2.0 * model.autoencoder_config().latent_channels * latent_area * sizeof(float);
    plan.parts.emplace_back("cache", 2.0 * static_cast<double>(num_images) * latents);  // both flips
  }
  return plan;
}

double checkpoint_bytes(const StableDiffusion& model, const NamedTensors& trained, const TrainConfig& config) {
  const double width = config.save_dtype == "float32" ? sizeof(float) : sizeof(float) / 2.0;
  const double weights = bytes_of(trained);
  double saved = weights * width / sizeof(float);
  if (config.method == "full") {
    saved = 0;
    for (const auto& [name, entry] : model.checkpoint().entries)
      saved += static_cast<double>(entry.info.numel()) * width;
  }
  return saved + weights * (1 + (config.optimizer == "adamw8bit" ? 0.5 : 2) + (config.use_ema ? 1 : 0));
}

void check_fits(const MemoryPlan& plan, double taken, const TrainConfig& config) {
  const auto available = available_memory();
  const double needed = plan.total() - taken;
  if (!available || needed <= static_cast<double>(*available)) return;
  std::string advice = "smaller data.size or data.batch_size";
  if (!config.gradient_checkpointing) advice = "train.gradient_checkpointing=true, " + advice;
  if (config.method == "full" && config.optimizer == "adamw") advice = "train.optimizer=adamw8bit, " + advice;
  if (config.method == "full") advice = "train.method=lora, " + advice;
  throw Error("about " + memory_text(needed) + " more of memory are needed and " +
              memory_text(static_cast<double>(*available)) + " are free; what would help: " + advice);
}

}  // namespace miafr
