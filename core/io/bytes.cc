#include "core/io/bytes.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include "core/base/errors.h"

namespace miafr {
namespace {

struct Unmap {
  std::size_t size;
  void operator()(const std::byte* begin) const { ::munmap(const_cast<std::byte*>(begin), size); }
};

}  // namespace

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
  return {std::shared_ptr<const std::byte>(static_cast<const std::byte*>(address), Unmap{size}), size};
}

void release_pages(const std::shared_ptr<const std::byte>& data, std::size_t size) {
  if (std::get_deleter<Unmap>(data) == nullptr) return;  // memory of another kind would lose its contents
  static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto address = reinterpret_cast<std::uintptr_t>(data.get());
  const std::uintptr_t begin = (address + page - 1) / page * page, end = (address + size) / page * page;
  if (begin < end) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);  // in vain is no harm
}

}  // namespace miafr
