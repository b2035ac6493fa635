// The tensors of a checkpoint by name, whatever wrote it: .safetensors, PyTorch's zip (.ckpt .pt .pth .bin), PyTorch's
// legacy stream, or a diffusers folder. What a file is follows from its first bytes, never from its name.
#pragma once

#include <filesystem>

#include "core/io/checkpoint_entries.h"

namespace miafr {

// Opens a file or a diffusers folder. Only the index is read, so that gigabytes cost nothing until they are used.
// Throws Error, one line that names the file and what is wrong with it; never runs anything that the file says.
Checkpoint open_checkpoint(const std::filesystem::path& path);

}  // namespace miafr
