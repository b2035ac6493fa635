// Images as tensors.
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "core/image/image.h"

namespace miafr {

// The picture as a tensor [H,W,3] of uint8, RGB; a copy.
at::Tensor to_tensor(const Image& image);

// The picture [H,W,3] of uint8 in another size: by area where either side shrinks, else bicubic.
at::Tensor resized(const at::Tensor& pixels, int64_t height, int64_t width);

// Reads a photo as [height,width,3] of uint8, RGB, upright; it is squeezed where the proportions differ, as resized()
// does. Throws ImageError as read_image does.
at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width);

}  // namespace miafr
