// What miafr generate is told: its command line, its config with the section `generate`, and the picture that --like
// names.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/commands/option_values.h"
#include "core/commands/prompt_options.h"
#include "core/models/checkpoint_parameters.h"
#include "core/models/lora.h"
#include "core/pipeline/generate.h"

namespace miafr {

// The picture that is to be repeated, as its text says it was made.
struct LikePicture {
  std::filesystem::path file;
  std::string checkpoint, checkpoint_sha256;
  std::optional<RawParams> sampler_params;  // all of its sampler's; nothing where the command line names another one
};

struct GenerateOptions {
  std::filesystem::path checkpoint, outdir, timings;
  std::vector<Prompt> prompts;
  ModelConfig model;
  SamplerConfig sampler;
  GenerateSettings settings;
  CheckpointParameters::Options weights;
  std::vector<LoraChoice> loras;
  at::Device device = at::kCPU;
  std::optional<std::int64_t> latent_channels, factor;  // --C and --f, to be checked against the checkpoint
  bool skip_save = false, skip_grid = false, save_latents = false;
  std::int64_t pictures_per_row = 1 << 20;
  std::optional<LikePicture> like;
};

// Rows of `generate:` that tell how pictures share their noise (batch noise only), and what is done with a photo.
bool is_of_batch(const std::string& row);
bool is_of_photo(const std::string& row);

// Returns nothing when --help was given and printed. Throws UsageError, ConfigError, Error.
std::optional<GenerateOptions> read_generate_options(const Arguments& arguments);

}  // namespace miafr
