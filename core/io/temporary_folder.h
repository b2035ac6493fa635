// A folder for files that live no longer than an object.
#pragma once

#include <filesystem>

#include "core/io/abandoned.h"

namespace miafr {

// Made below the system's folder for such files, for this user alone; removed with everything in it. What a killed
// process has left there of its own is removed by the next one that makes such a folder.
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
  InUse in_use_;
};

}  // namespace miafr
