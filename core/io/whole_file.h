// Small files, written and read as a whole.
#pragma once

#include <filesystem>
#include <string>

namespace miafr {

// Whole or not at all. Throws Error.
void write_file(const std::filesystem::path& path, const std::string& text);

// "" where it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace miafr
