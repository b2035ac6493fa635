// A photo as a picture of a given size.
#pragma once

#include <torch/types.h>

#include <filesystem>

namespace miafr {

// [height,width,3] uint8, RGB, upright; squeezed where the proportions differ. Throws Error for what is not an image.
at::Tensor read_photo(const std::filesystem::path& file, int64_t height, int64_t width);

}  // namespace miafr
