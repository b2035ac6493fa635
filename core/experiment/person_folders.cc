#include "core/experiment/person_folders.h"

#include <algorithm>

namespace miafr {

std::vector<std::filesystem::path> person_folders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.is_directory() && entry.path().filename().string()[0] != '.') folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end(), [](const auto& a, const auto& b) { return a.native() < b.native(); });
  return folders;
}

}  // namespace miafr
