// Which well-known kind of model a checkpoint is that is not Stable Diffusion v1's.
#pragma once

#include <optional>
#include <string>

#include "core/io/checkpoint.h"

namespace miafr {

struct OtherModel {
  std::string name;  // "Stable Diffusion XL", "a LoRA of rank 4 for 16 layers"
  std::string hint;  // "give it with --lora"; "" for none
};

// Tells the model by the names of its tensors, and where names are alike by a shape. Returns nothing for Stable
// Diffusion v1 and for what is not known.
std::optional<OtherModel> other_model(const Checkpoint& checkpoint);

}  // namespace miafr
