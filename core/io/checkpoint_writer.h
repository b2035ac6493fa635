// Writes checkpoints, one tensor after the other, so that saving needs no second copy of a model in memory.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/io/tensor_to_write.h"

namespace miafr {

// Both writers are atomic: they write a temporary file beside `path`, fsync it and rename it, so that `path` is the old
// file or the whole new one, whatever happens; the temporary file is removed on failure. They throw Error with the
// path, the reason and, on a full disk, the bytes needed and free. The order of `tensors` is kept. Names must be
// unique.
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata = {});

// PyTorch's zip with {"state_dict": {name: tensor, …}, metadata…}: torch.load(path, weights_only=True) reads it, mapped
// too.
void write_torch(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                 const std::map<std::string, std::string>& metadata = {});

}  // namespace miafr
