#include "core/io/cache_folder.h"

#include <cstdlib>

namespace miafr {
namespace fs = std::filesystem;

std::optional<fs::path> cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache && fs::path(cache).is_absolute()) return fs::path(cache) / "miafr";
  const char* home = std::getenv("HOME");
  if (home && fs::path(home).is_absolute()) return fs::path(home) / ".cache" / "miafr";
  return std::nullopt;
}

}  // namespace miafr
