// A folder as diffusers saves a Stable Diffusion pipeline: unet/, vae/ and text_encoder/ with a file of weights each.
#pragma once

#include "core/io/checkpoint_entries.h"

namespace miafr {

// Under it the metadata of a folder have what its model_index.json calls the pipeline: "StableDiffusionPipeline".
inline constexpr const char* kPipelineClass = "_class_name";

// The tensors of the networks that are there, as "unet.…", "vae.…" and "text_encoder.…". A network may be one file or
// shards listed by an index; .safetensors goes before PyTorch's .bin. Throws Error.
Checkpoint open_diffusers_folder(const std::filesystem::path& path);

}  // namespace miafr
