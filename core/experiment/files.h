// Small things that an experiment does with files.
#pragma once

#include <filesystem>
#include <string>

namespace miafr {

// Whole or not at all. Throws Error.
void write_file(const std::filesystem::path& path, const std::string& text);

// "" where it cannot be read.
std::string read_file(const std::filesystem::path& path);

// A second name for the same file, or a copy where the file system has no such names. Makes the folders. Throws Error.
void link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace miafr
