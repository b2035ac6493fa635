// What training gives away: a whole checkpoint, or a LoRA.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/io/checkpoint.h"
#include "core/train/trained_parameters.h"

namespace miafr {

using Metadata = std::map<std::string, std::string>;

// `base` in CompVis' layout with the trained tensors in their places: .safetensors, or PyTorch's zip for .ckpt. One
// tensor at a time is copied. Atomic; throws Error.
void write_model(const std::filesystem::path& file, const Checkpoint& base, const TensorState& trained, DType dtype,
                 const Metadata& metadata);

enum class LoraNames { kKohya, kDiffusers };

// The tensors of LoraTrainedParameters as kohya's sd-scripts names them ("lora_unet_…_to_q.lora_down.weight" and
// ".alpha"), or as diffusers does ("unet.….to_q.lora_A.weight"; there alpha / rank is multiplied into lora_B). names:
// those of the base checkpoint, in CompVis' layout.
void write_lora(const std::filesystem::path& file, const TensorState& trained, double alpha,
                const std::vector<std::string>& names, LoraNames naming, DType dtype, const Metadata& metadata);

// The weights that a LoRA's tensors change, W + alpha / rank up down, by the weights' names.
TensorState merged_lora(const TensorState& trained, double alpha, Parameters& base);

}  // namespace miafr
