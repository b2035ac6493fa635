#include "core/io/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/base/errors.h"

namespace miafr {
namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder() {
  constexpr const char* kStart = "miafr-";
  const fs::path folder = fs::temp_directory_path();
  remove_abandoned(folder, kStart);
  std::string name = (folder / (std::string(kStart) + "XXXXXX")).string();
  if (!::mkdtemp(name.data())) throw Error(name + ": cannot be made: " + std::strerror(errno));
  path_ = name;
  in_use_ = InUse(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace miafr
