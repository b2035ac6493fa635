#include "core/train/nccl.h"

#include <boost/dll/shared_library.hpp>
#include <exception>
#include <string>
#include <system_error>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include "core/base/errors.h"
#include "core/runtime/plugin_registry.h"
#include "core/base/trusted_file.h"

namespace miafr {
namespace fs = std::filesystem;
namespace dll = boost::dll;

fs::path nccl_file() { return executable_path().parent_path().parent_path() / "lib" / "miafr" / "libmiafr_nccl.so"; }

const NcclLibrary& load_nccl(const fs::path& file, const fs::path& folder) {
  constexpr const char* kTable = "miafr_nccl";
  if (!fs::exists(file))
    throw Error(file.string() + " is not there; ./miafr build makes it after ./miafr setup --cuda");
  try {
    // Never unloaded: LibTorch's threads run in it.
    const auto& library =
        *new dll::shared_library(trusted_file(file, {folder}), dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    const auto& table = library.get<const NcclLibrary>(kTable);
    if (table.version == kNcclLibraryVersion) return table;
  } catch (const std::system_error& e) {
    throw Error(file.string() + ": does not load: " + e.what());
  }
  throw Error(file.string() + ": is of another version of miafr; build it again with ./miafr build");
}

}  // namespace miafr
