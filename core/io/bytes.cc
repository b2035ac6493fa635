#include "core/io/bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/runtime/errors.h"

namespace miafr {

Bytes map_file(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& why) -> Bytes { throw Error(path.string() + ": " + why); };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);  // a pipe without a writer does not block
  if (file < 0) return refuse(std::strerror(errno));
  struct stat status = {};
  ::fstat(file, &status);
  if (!S_ISREG(status.st_mode) || status.st_size == 0) {
    ::close(file);
    return refuse(S_ISREG(status.st_mode) ? "the file is empty" : "not a regular file");
  }
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  ::close(file);
  if (address == MAP_FAILED) return refuse(std::string("cannot be mapped: ") + std::strerror(errno));
  return {std::shared_ptr<const std::byte>(static_cast<const std::byte*>(address),
                                           [size](const std::byte* p) { ::munmap(const_cast<std::byte*>(p), size); }),
          size};
}

}  // namespace miafr
