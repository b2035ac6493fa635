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

// By the names of the tensors, and where names are alike by a shape; nothing for Stable Diffusion v1 and for what is
// not known.
std::optional<OtherModel> other_model(const Checkpoint& checkpoint);

}  // namespace miafr
