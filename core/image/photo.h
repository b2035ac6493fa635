// Images as tensors.
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "core/image/image.h"

namespace miafr {

// [H,W,3] uint8, RGB; a copy.
at::Tensor to_tensor(const Image& image);

// [height,width,3] uint8, RGB, upright; squeezed where the proportions differ, by area where either side shrinks, else
// bicubic. Throws ImageError as read_image does.
at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width);

}  // namespace miafr
