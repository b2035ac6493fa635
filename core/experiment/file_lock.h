// A file that one process has at a time.
#pragma once

#include <filesystem>

namespace miafr {

class FileLock {
 public:
  // Makes the file where there is none; it is not locked yet. Throws Error.
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  // False while another process has it. It is given back with this object, and not before a child that inherits the
  // descriptor has ended.
  bool take();
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

}  // namespace miafr
