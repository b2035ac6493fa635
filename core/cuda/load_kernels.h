// The kernel library beside the program, lib/miafr/libmiafr_cuda.so.
#pragma once

#include <c10/core/Device.h>

#include <filesystem>

#include "core/cuda/kernels.h"

namespace miafr {

// Loads a kernel library, for good; file must lie in `folder` (see trusted_file.h). Throws Error when it cannot be
// used.
const cuda::KernelTable& load_kernels(const std::filesystem::path& file, const std::filesystem::path& folder);

// lib/miafr/libmiafr_cuda.so beside the program, whether it is there or not.
std::filesystem::path kernels_file();

// Call this once a run has chosen its device: on CUDA the networks then use the fused kernels, after a trial of each
// beside ATen. Where the library is missing or cannot be used there is a warning, and ATen's kernels.
void use_fused_kernels(c10::Device device);

}  // namespace miafr
