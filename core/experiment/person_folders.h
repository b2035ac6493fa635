// Folders of photos, one for each person.
#pragma once

#include <filesystem>
#include <vector>

namespace miafr {

// The folders in a folder, but for hidden ones, sorted by name.
std::vector<std::filesystem::path> person_folders(const std::filesystem::path& folder);

}  // namespace miafr
