#include "core/runtime/sdk_flags.h"

#include <c10/util/Exception.h>
#include <dlfcn.h>

#include "core/base/errors.h"
#include "core/base/version.h"
#include "core/plugin/abi.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace fs = std::filesystem;
namespace {

fs::path must_exist(const fs::path& path, const std::string& what) {
  if (!fs::exists(path))
    throw Error(what + " is not at " + path.string() +
                "; install miafr with ./miafr install PREFIX, or run it where it was built");
  if (path.string().find(' ') != std::string::npos)
    throw Error(what + ": the path " + path.string() + " holds a space, which compiler flags cannot carry");
  return path;
}

}  // namespace

fs::path torch_folder() {
  Dl_info info{};
  dladdr(reinterpret_cast<const void*>(&c10::GetExceptionString), &info);  // a function that lies in libc10.so itself
  if (info.dli_fname == nullptr) throw Error("cannot tell where LibTorch is loaded from");
  return fs::canonical(info.dli_fname).parent_path().parent_path();
}

SdkFlags sdk_flags() {
  const fs::path prefix = executable_path().parent_path().parent_path();
  const fs::path sdk = must_exist(prefix / "include" / "miafr", "the plugin SDK");
  const fs::path torch = torch_folder();
  const fs::path include = must_exist(torch / "include", "LibTorch's header folder");
  must_exist(sdk / "core" / "plugin" / "abi.h", "the plugin SDK's abi.h");
  const fs::path exports = must_exist(sdk / "plugins" / "exports.lds", "the plugin SDK's export list");
  const std::string libraries = (torch / "lib").string();
  return {"-std=c++17 -O2 -fPIC -fvisibility=hidden -fvisibility-inlines-hidden -D_GLIBCXX_USE_CXX11_ABI=" +
              std::to_string(_GLIBCXX_USE_CXX11_ABI) + " -I" + sdk.string() + " -isystem " + include.string() +
              " -isystem " + (include / "torch/csrc/api/include").string(),
          "-shared -Wl,--version-script=" + exports.string() + " -L" + libraries +
              " -Wl,--no-as-needed -ltorch_cpu -lc10 -Wl,-rpath," + libraries};
}

std::string pkg_config_file() {
  const SdkFlags flags = sdk_flags();
  return "Name: miafr\nDescription: plugins for MIAFR\nVersion: " + std::string(kVersion) +
         "\nCflags: " + flags.compile + "\nLibs: " + flags.link + "\n";
}

}  // namespace miafr
