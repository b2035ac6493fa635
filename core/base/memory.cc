#include "core/base/memory.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>

namespace miafr {
namespace {

std::optional<std::uint64_t> number_in(const char* file) {
  std::ifstream in(file);
  std::uint64_t number = 0;
  if (in >> number) return number;
  return std::nullopt;  // also for "max"
}

std::optional<std::uint64_t> meminfo_available() {
  std::ifstream in("/proc/meminfo");
  for (std::string key; in >> key;) {
    std::uint64_t kib = 0;
    if (key == "MemAvailable:" && in >> kib) return kib * 1024;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::uint64_t> available_memory() {
  std::optional<std::uint64_t> available = meminfo_available();
  const auto limit = number_in("/sys/fs/cgroup/memory.max"), used = number_in("/sys/fs/cgroup/memory.current");
  if (limit && used && available) available = std::min(*available, *limit > *used ? *limit - *used : 0);
  return available;
}

std::uint64_t resident_memory() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t all = 0, resident = 0;
  if (!(in >> all >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::string memory_text(double bytes) {
  const bool large = bytes >= 1024.0 * 1024 * 1024;
  char text[64];
  std::snprintf(text, sizeof text, large ? "%.1f GiB" : "%.0f MiB", bytes / (1024.0 * 1024 * (large ? 1024 : 1)));
  return text;
}

}  // namespace miafr
