// PNG files with text in them: pictures carry the settings that made them.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>

namespace miafr {

// Writes pixels [H,W,3] of uint8, RGB, with one iTXt chunk (UTF-8) for each text. The file is there whole or not at
// all, and an existing one is never replaced. Throws Error.
void write_png(const std::filesystem::path& path, const at::Tensor& pixels,
               const std::map<std::string, std::string>& texts = {});

// The texts of a PNG; empty where it has none. Throws Error where it is no PNG, or a damaged one.
std::map<std::string, std::string> read_png_texts(const std::filesystem::path& path);

}  // namespace miafr
