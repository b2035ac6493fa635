// Whether pictures of a size can be made here, known from the settings and the checkpoint's shapes.
#pragma once

#include "core/pipeline/generate.h"

namespace miafr {

// Call this before hours of work, and before anything of the size is made. Throws Error for a size that the networks
// cannot take and for one that needs more memory than is free.
void check_generation(const StableDiffusion& model, const GenerateSettings& settings, at::Device device);

}  // namespace miafr
