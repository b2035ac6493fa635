// Small files, written and read as a whole.
#pragma once

#include <filesystem>
#include <string>

namespace miafr {

// Writes the whole file or nothing at all. Throws Error.
void write_file(const std::filesystem::path& path, const std::string& text);

// Returns "" where the file cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace miafr
