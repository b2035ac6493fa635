// A file that grows by whole records: what a full disk cuts is taken back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace miafr {

// Everything throws Error "PATH: cannot be written: reason"; then the file is as it was before. One writer at a time.
class AppendFile {
 public:
  enum class Begin { kNew, kAtEnd };  // kNew: the file must not exist yet

  AppendFile(std::filesystem::path path, Begin begin);
  ~AppendFile();
  AppendFile(const AppendFile&) = delete;
  AppendFile& operator=(const AppendFile&) = delete;

  // Writes the record at once, so that of a process that is killed at most the last record is cut.
  void append(const std::string& record);

  // Puts another record in the place of the one that was appended last.
  void replace_last(const std::string& record);

  const std::filesystem::path& path() const { return path_; }

 private:
  // errno, or 0.
  int write_at(std::int64_t offset, const std::string& bytes) const;
  [[noreturn]] void fail(int reason) const;

  const std::filesystem::path path_;
  int descriptor_ = -1;
  std::int64_t size_ = 0;  // bytes
  std::string last_;       // the record that ends there
};

}  // namespace miafr
