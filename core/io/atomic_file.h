// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace miafr {

// Writes a temporary file beside `path`; commit() gives it that name. Until then `path` is as it was, and a destructor
// without commit() removes the temporary file. Everything throws Error "PATH: cannot be written: reason".
class AtomicFile {
 public:
  // `needed` is about how many bytes will come: named where the disk is full.
  AtomicFile(const std::filesystem::path& path, std::uint64_t needed);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(const void* data, std::size_t size);
  void write(const std::string& bytes) { write(bytes.data(), bytes.size()); }

  // Writes over what is there already; the end stays the end.
  void overwrite(std::uint64_t offset, const std::string& bytes);

  std::uint64_t size() const { return size_; }

  // Afterwards the file is on disk under its name, also after a power cut.
  void commit();

 private:
  void write_all(const void* data, std::size_t size, std::uint64_t offset);
  [[noreturn]] void fail(int reason) const;

  const std::filesystem::path path_, folder_;
  const std::uint64_t needed_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace miafr
