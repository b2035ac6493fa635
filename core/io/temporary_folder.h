// A folder for files that live no longer than an object.
#pragma once

#include <filesystem>

namespace miafr {

// Made below the system's folder for such files, for this user alone; removed with everything in it.
class TemporaryFolder {
 public:
  // Throws Error where it cannot be made.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace miafr
