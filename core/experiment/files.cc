#include "core/experiment/files.h"

#include "core/base/errors.h"

namespace miafr {
namespace fs = std::filesystem;

void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  fs::create_hard_link(fs::canonical(from), to, error);
  if (!error) return;
  fs::copy_file(from, to, error);
  if (error) throw Error(to.string() + ": cannot be written: " + error.message());
}

}  // namespace miafr
