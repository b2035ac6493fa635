#include "core/train/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "core/base/errors.h"

namespace miafr {

AppendFile::AppendFile(std::filesystem::path path, Begin begin) : path_(std::move(path)) {
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (begin == Begin::kNew ? O_EXCL : 0);
  descriptor_ = ::open(path_.c_str(), flags, 0666);
  if (descriptor_ < 0) fail(errno);
  size_ = ::lseek(descriptor_, 0, SEEK_END);
}

AppendFile::~AppendFile() { ::close(descriptor_); }

void AppendFile::append(const std::string& record) {
  if (const int reason = write_at(size_, record)) {
    // A part of a record would spoil what is written after it.
    if (::ftruncate(descriptor_, size_) != 0) fail(errno);
    fail(reason);
  }
  size_ += static_cast<std::int64_t>(record.size());
  last_ = record;
}

void AppendFile::replace_last(const std::string& record) {
  const std::int64_t begin = size_ - static_cast<std::int64_t>(last_.size());
  const std::int64_t end = begin + static_cast<std::int64_t>(record.size());
  int reason = write_at(begin, record);
  if (reason == 0 && end < size_ && ::ftruncate(descriptor_, end) != 0) reason = errno;
  if (reason != 0) {
    // The old one's place is on the disk already.
    const int again = write_at(begin, last_);
    if (again != 0 || ::ftruncate(descriptor_, size_) != 0) fail(again != 0 ? again : errno);
    fail(reason);
  }
  size_ = end;
  last_ = record;
}

int AppendFile::write_at(std::int64_t offset, const std::string& bytes) const {
  for (std::size_t written = 0; written < bytes.size();) {
    const ssize_t count = ::pwrite(descriptor_, bytes.data() + written, bytes.size() - written,
                                   offset + static_cast<std::int64_t>(written));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    written += static_cast<std::size_t>(count);
  }
  return 0;
}

void AppendFile::fail(int reason) const {
  throw Error(path_.string() + ": cannot be written: " + std::generic_category().message(reason));
}

}  // namespace miafr
