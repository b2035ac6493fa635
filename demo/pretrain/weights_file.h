// Files of weights, whose names stay as they are.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace miafr::demo {

using Weights = std::map<std::string, at::Tensor>;

// Atomically; `half`: as float16.
void write_weights(const std::filesystem::path& file, const Weights& tensors, bool half = false);

// They share the mapped file and must not be written to. Throws Error.
Weights read_weights(const std::filesystem::path& file);

}  // namespace miafr::demo
