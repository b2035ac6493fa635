// Where results are kept that can be computed again.
#pragma once

#include <filesystem>
#include <optional>

namespace miafr {

// The folder is $XDG_CACHE_HOME/miafr or ~/.cache/miafr; there is none where neither is set to an absolute path. It
// need not exist.
std::optional<std::filesystem::path> cache_folder();

}  // namespace miafr
