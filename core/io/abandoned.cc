#include "core/io/abandoned.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "core/base/text.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

int open_entry(const fs::path& path) { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); }

// A folder is made first and taken into use then, so what is young is somebody's.
bool is_abandoned(const fs::path& path) {
  constexpr std::time_t kYoung = 600;  // seconds
  const int descriptor = open_entry(path);
  if (descriptor < 0) return false;
  struct stat status = {};
  const bool is_old = ::fstat(descriptor, &status) == 0 && status.st_uid == ::geteuid() &&
                      std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()) - status.st_mtime > kYoung;
  const bool is_free = is_old && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
  ::close(descriptor);
  return is_free;
}

}  // namespace

InUse::InUse(const fs::path& path) : descriptor_(open_entry(path)) {
  if (descriptor_ >= 0) ::flock(descriptor_, LOCK_SH | LOCK_NB);
}

InUse::~InUse() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

InUse::InUse(InUse&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

InUse& InUse::operator=(InUse&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

void remove_abandoned(const fs::path& folder, const std::string& start) {
  constexpr std::size_t kLetters = 6;
  std::error_code error;
  std::vector<fs::path> found;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.size() == start.size() + kLetters && starts_with(name, start) && is_abandoned(entry->path()))
      found.push_back(entry->path());
  }
  for (const fs::path& path : found) fs::remove_all(path, error);
}

}  // namespace miafr
