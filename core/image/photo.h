// Images as tensors.
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "core/image/image.h"

namespace miafr {

// [H,W,3] uint8, RGB; a copy.
at::Tensor to_tensor(const Image& image);

// Pixels [H,W,3] of uint8 in another size: by area where either side shrinks, else bicubic.
at::Tensor resized(const at::Tensor& pixels, int64_t height, int64_t width);

// [height,width,3] uint8, RGB, upright; squeezed where the proportions differ, as resized(). Throws ImageError as read_image does.
at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width);

}  // namespace miafr
