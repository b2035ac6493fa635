#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <random>

#include "core/base/errors.h"
#include "core/io/abandoned.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// ".NAME." of ".NAME.XXXXXX", short enough for a file system even where NAME is as long as allowed.
std::string temporary_start(const fs::path& path) {
  constexpr std::size_t kLongest = 240;
  return "." + path.filename().string().substr(0, kLongest) + ".";
}

std::string temporary_name(const fs::path& path) {
  constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::random_device random;
  std::string name = temporary_start(path);
  for (int i = 0; i < 6; ++i) name += kLetters[random() % (sizeof kLetters - 1)];
  return name;
}

std::string megabytes(std::uint64_t bytes) { return std::to_string((bytes + 999'999) / 1'000'000) + " MB"; }

}  // namespace

AtomicFile::AtomicFile(const fs::path& path, std::uint64_t needed)
    : path_(path), folder_(folder_of(path)), needed_(needed) {
  struct stat found = {};
  // A rename would replace a device as readily as a file, and refuse a folder only after gigabytes were written.
  if (::stat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode)) {
    if (S_ISDIR(found.st_mode)) fail(EISDIR);
    throw Error(path.string() + ": cannot be written: Not a regular file");
  }
  constexpr std::uint64_t kLarge = 16 << 20;  // whoever writes many small files shall not list folders for each
  if (needed >= kLarge) remove_abandoned(folder_, temporary_start(path));
  constexpr int kAttempts = 100;
  for (int i = 0; i < kAttempts && descriptor_ < 0; ++i) {
    temporary_ = folder_ / temporary_name(path);
    // Not mkstemp: the umask decides who may read the file, as for any other.
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (descriptor_ < 0 && errno != EEXIST) break;
  }
  if (descriptor_ < 0) fail(errno);
  ::flock(descriptor_, LOCK_SH | LOCK_NB);  // tells the next process that it is not abandoned
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(const void* data, std::size_t size) {
  write_all(data, size, size_);
  size_ += size;
}

void AtomicFile::overwrite(std::uint64_t offset, const std::string& bytes) {
  write_all(bytes.data(), bytes.size(), offset);
}

void AtomicFile::write_all(const void* data, std::size_t size, std::uint64_t offset) {
  const char* from = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t count = ::pwrite(descriptor_, from, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail(count == 0 ? EIO : errno);
    from += count;
    offset += static_cast<std::uint64_t>(count);
    size -= static_cast<std::size_t>(count);
  }
}

void AtomicFile::commit() {
  if (::fsync(descriptor_) != 0) fail(errno);
  // Some network file systems report a full disk only here.
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (::close(descriptor) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0) {
    const int reason = errno;
    ::unlink(temporary_.c_str());
    fail(reason);
  }
  // A folder that may be written but not listed cannot be opened, and some file systems have no fsync of folders: the
  // file is there all the same.
  const int folder = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return;
  const int reason = ::fsync(folder) == 0 ? 0 : errno;
  ::close(folder);
  if (reason != 0 && reason != EINVAL) fail(reason);
}

void AtomicFile::fail(int reason) const {
  std::string text = path_.string() + ": cannot be written: " + std::strerror(reason);
  struct statvfs disk = {};
  if ((reason == ENOSPC || reason == EDQUOT) && ::statvfs(folder_.c_str(), &disk) == 0)
    // What was written so far goes away with the temporary file, so it counts as free.
    text += " (" + megabytes(needed_) + " needed, " + megabytes(std::uint64_t{disk.f_bavail} * disk.f_frsize + size_) +
            " free)";
  throw Error(text);
}

}  // namespace miafr
