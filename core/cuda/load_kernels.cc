#include "core/cuda/load_kernels.h"

#include <boost/dll/shared_library.hpp>
#include <string>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/trusted_file.h"
#include "core/cuda/table_kernels.h"
#include "core/kernels/fused_ops.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace fs = std::filesystem;
namespace dll = boost::dll;

const cuda::KernelTable& load_kernels(const fs::path& file, const fs::path& folder) {
  constexpr const char* kTable = "miafr_cuda_kernels";
  // Never unloaded: see PluginLibrary::load.
  const auto& library =
      *new dll::shared_library(trusted_file(file, {folder}), dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  if (!library.has(kTable)) throw Error(file.string() + ": is no kernel library, it exports no " + kTable);
  const auto& table = library.get<const cuda::KernelTable>(kTable);
  if (table.version != cuda::kKernelTableVersion)
    throw Error(file.string() + ": has kernel table " + std::to_string(table.version) + " and this program uses " +
                std::to_string(cuda::kKernelTableVersion) + "; build it again with ./miafr build");
  return table;
}

fs::path kernels_file() { return executable_path().parent_path().parent_path() / "lib" / "miafr" / "libmiafr_cuda.so"; }

void use_fused_kernels(c10::Device device) {
  if (!device.is_cuda() || fused_kernels(device.type()) != nullptr) return;
  const fs::path file = kernels_file();
  try {
    if (!fs::exists(file)) throw Error(file.string() + " is not there; ./miafr build makes it where nvcc 13 is found");
    fused_kernels(device.type()) = new TableKernels(load_kernels(file, file.parent_path()));
  } catch (const std::exception& e) {
    log_warning(std::string(e.what()) + "; the GPU runs without our own kernels");
  }
}

}  // namespace miafr
