// Trust in plugins is by place: loading a library runs its code, so it is decided before that where the file may lie.
#pragma once

#include <filesystem>
#include <vector>

namespace miafr {

// The canonical path of `file`, when it may be loaded: after resolving links it lies inside one of `folders`, is a
// regular file owned by root or by the user, and neither it nor any folder above it is writable by everyone (a sticky
// folder owned by root, such as /tmp, passes). Throws PluginError with the reason otherwise.
std::filesystem::path trusted_file(const std::filesystem::path& file,
                                   const std::vector<std::filesystem::path>& folders);

}  // namespace miafr
