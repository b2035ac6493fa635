// Prompts to pictures: text encoder, sampler with guided noise prediction, decoder.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/models/stable_diffusion.h"
#include "core/plugin/noise_schedule.h"
#include "core/plugin/sampler.h"
#include "core/runtime/chosen_plugin.h"
#include "core/text/clip_tokenizer.h"

namespace miafr {

// `generate:` of a config, and what only a run knows.
struct GenerateSettings : GenerateConfig {
  std::int64_t steps = 50;
  at::ScalarType compute = at::kFloat;  // dtype of the U-Net's arithmetic; all else is float32
  bool prepack = true;                  // a CPU's convolutions get their weights reordered once: faster, a copy of them

  // init_image as it was read: [height,width,3] uint8, RGB. Sampling begins where the photo carries noise for `share()`
  // of the schedule (SDEdit, arXiv 2108.01073); with invert its noise is found by running the sampler in reverse,
  // without guidance and under source_prompt: the same prompt brings the photo back.
  at::Tensor photo = {};

  double share() const { return strength > 0 ? strength : invert ? 1 : 0.75; }
  bool batch_noise() const { return noise == "batch"; }

  // Pictures that are computed together.
  std::int64_t at_once() const { return batch_size > 0 ? std::min(batch_size, images) : images; }
};

struct GeneratedImage {
  std::size_t prompt;  // index into the prompts
  std::int64_t index;  // among the pictures of its prompt
  std::uint64_t seed;  // of its noise stream; the run's seed with batch noise
  at::Tensor latent;   // [C,h,w] float32, scaled, as the sampler returned it
  at::Tensor pixels;   // [H,W,3] uint8, RGB
  double seconds;      // its share of the batch's time
  std::string fault;   // "its latent is not finite", or its pixels; "" for a picture as it should be
};

struct GenerateCallbacks {
  std::function<void(const GeneratedImage&)> on_image;
  std::function<void(std::int64_t done, std::int64_t total)>
      on_step;  // sampler steps of the whole run; may throw Cancelled
};

// Seconds of wall time.
struct GenerateTimings {
  double start_to_first_step = 0;  // since the process began
  double text_encoder = 0;         // loaded and run
  double load = 0;                 // of the U-Net and, when it is first wanted, the decoder
  std::vector<double> steps, decodes;
  double total = 0;  // of the process, when all is done
};

// Pictures come by rounds, and within a round prompt by prompt. Every prompt's picture i has the noise stream seed + i,
// so that a column of the grid differs in nothing but the prompt. A prompt that is cut to the encoder's 77 tokens is
// warned of. Throws Error for a size that the networks cannot take, and for an inversion by a sampler that cannot run
// in reverse.
GenerateTimings generate(StableDiffusion& model, const ModelConfig& config, const ClipTokenizer& tokenizer,
                         const ChosenPlugin<Sampler>& sampler, const std::vector<std::string>& prompts,
                         const GenerateSettings& settings, at::Device device, const GenerateCallbacks& callbacks);

}  // namespace miafr
