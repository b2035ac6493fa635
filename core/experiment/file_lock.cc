#include "core/experiment/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/errors.h"

namespace miafr {

FileLock::FileLock(const std::filesystem::path& file)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) throw Error(file.string() + ": cannot be written: " + std::strerror(errno));
}

FileLock::~FileLock() { ::close(descriptor_); }

bool FileLock::take() { return ::flock(descriptor_, LOCK_EX | LOCK_NB) == 0; }

}  // namespace miafr
