// Small things that an experiment does with files.
#pragma once

#include <filesystem>

#include "core/io/whole_file.h"

namespace miafr {

// A second name for the same file, or a copy where the file system has no such names. Makes the folders. Throws Error.
void link_or_copy(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace miafr
