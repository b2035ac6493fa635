// What makes a shared library a MIAFR plugin: it exports one plain-data PluginDescriptor under the name kPluginEntry.
//
// Plugins and host exchange C++ objects and tensors that carry autograd graphs, so both must be built with the same SDK
// headers, LibTorch, compiler family, C++ standard and standard-library ABI. The host checks that in this order, before
// it calls anything of the plugin:
//   1. the file lies in a trusted plugin folder;
//   2. it exports kPluginEntry, a name that holds kApiVersion and LibTorch's major.minor; seen without loading it;
//   3. it loads with all its symbols resolved;
//   4. its descriptor equals the host's in every build field;
//   5. its kind is the one asked for.
// A plugin is one .cc file that ends with the macro of its kind (MIAFR_LOSS_PLUGIN and so on); this header's own macro
// is for those kinds' headers.
#pragma once

#include <torch/headeronly/version.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>

#include "core/plugin/params.h"
#include "core/plugin/sdk_hash.h"

namespace miafr {

class HostContext;

// Raised when the *meaning* of this boundary changes, even where no header's text does (the hashes of the headers catch
// the rest). Compared by name before loading: a plugin with another number is refused, and the message shows both.
#define MIAFR_API_VERSION 2
inline constexpr std::uint32_t kApiVersion = MIAFR_API_VERSION;
inline constexpr std::uint32_t kPluginMagic = 0x4d494146;  // "MIAF"

#if defined(__clang__)
#define MIAFR_COMPILER "clang " __clang_version__
#else
#define MIAFR_COMPILER "gcc " __VERSION__
#endif

// Switches that change the layout of the standard library's types.
enum StdlibAbi : std::uint32_t { kCxx11Strings = 1, kDebugContainers = 2 };
#if defined(_GLIBCXX_USE_CXX11_ABI) && _GLIBCXX_USE_CXX11_ABI
#define MIAFR_CXX11_ABI ::miafr::kCxx11Strings
#else
#define MIAFR_CXX11_ABI 0u
#endif
#if defined(_GLIBCXX_DEBUG)
#define MIAFR_DEBUG_ABI ::miafr::kDebugContainers
#else
#define MIAFR_DEBUG_ABI 0u
#endif

// Makes the object, or returns null with the reason in error (always terminated). Never throws.
using PluginFactory = void* (*)(const Params& params, HostContext& host, char* error, std::size_t error_size) noexcept;

// Grows at its end only: magic and struct_size stay where they are for ever, so that a host can tell any plugin's age.
struct PluginDescriptor {
  std::uint32_t magic;        // kPluginMagic
  std::uint32_t struct_size;  // sizeof(PluginDescriptor) as the plugin was built
  std::uint32_t api_version;  // kApiVersion
  std::uint32_t stdlib_abi;   // StdlibAbi bits
  std::uint64_t sdk_hash;     // of the headers that its kind of plugin can see, comments left out
  std::int64_t cxx_standard;  // __cplusplus
  const char* torch_version;  // "2.11.0"
  const char* compiler;       // family, then version: "gcc 12.2.0"

  const char* kind;     // "loss", "sampler", "face_matcher"
  const char* name;     // how a config names it: snake_case, unique within its kind
  const char* version;  // the plugin's own
  const char* summary;  // one line
  const char* licence;  // SPDX name of the plugin and of the weights it loads
  const ParamSpec* params;
  std::size_t param_count;
  std::uint32_t flags;  // what it needs, or what is special about it: the kind says which, and what each bit means
  PluginFactory create;
};

// What a bit of PluginDescriptor::flags means, for `miafr plugins describe`.
struct FlagSpec {
  std::uint32_t bit;
  const char* doc;
};

// Each kind's header, core/plugin/<kName>.h, specialises this with kName ("loss"), kFolder ("losses", below a plugin
// folder), and kFlags (an array of FlagSpec) under kFlagsTitle ("needs").
template <class Interface>
struct PluginKind;

template <class Interface, class Class>
void* create_plugin(const Params& params, HostContext& host, char* error, std::size_t error_size) noexcept {
  const char* reason = "it threw something that is not a std::exception";
  try {
    return static_cast<Interface*>(
        new Class(params, host));  // the host deletes it through Interface's virtual destructor
  } catch (const std::exception& e) {
    reason = e.what();
    std::strncpy(error, reason, error_size - 1);
  } catch (...) {
    std::strncpy(error, reason, error_size - 1);
  }
  error[error_size - 1] = '\0';
  return nullptr;
}

template <class Interface, class Class>
constexpr PluginDescriptor make_descriptor(const char* name, const char* version, const char* summary,
                                           ParamTable params, std::uint32_t flags = 0,
                                           const char* licence = "not stated") {
  static_assert(sdk_hash(PluginKind<Interface>::kName) != 0, "a new kind needs its line in core/plugin/kinds.bzl");
  return {kPluginMagic,
          sizeof(PluginDescriptor),
          kApiVersion,
          MIAFR_CXX11_ABI | MIAFR_DEBUG_ABI,
          sdk_hash(PluginKind<Interface>::kName),
          __cplusplus,
          TORCH_VERSION,
          MIAFR_COMPILER,
          PluginKind<Interface>::kName,
          name,
          version,
          summary,
          licence,
          params.specs,
          params.size,
          flags,
          &create_plugin<Interface, Class>};
}

// miafr_plugin_v<api version>_torch_<major>_<minor>
#define MIAFR_ENTRY_NAME_(api, major, minor) miafr_plugin_v##api##_torch_##major##_##minor
#define MIAFR_ENTRY_NAME(api, major, minor) MIAFR_ENTRY_NAME_(api, major, minor)
#define MIAFR_ENTRY MIAFR_ENTRY_NAME(MIAFR_API_VERSION, TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR)
#define MIAFR_STRING_(x) #x
#define MIAFR_STRING(x) MIAFR_STRING_(x)
inline constexpr const char* kPluginEntryPrefix = "miafr_plugin_v";
inline constexpr const char* kPluginEntry = MIAFR_STRING(MIAFR_ENTRY);

#define MIAFR_PLUGIN(Interface, Class, ...)                                                      \
  extern "C" __attribute__((visibility("default"))) const ::miafr::PluginDescriptor MIAFR_ENTRY; \
  constexpr ::miafr::PluginDescriptor MIAFR_ENTRY = ::miafr::make_descriptor<Interface, Class>(__VA_ARGS__);

// For interfaces and exceptions: their type information must be one and the same in host and plugin.
#define MIAFR_PUBLIC __attribute__((visibility("default")))

}  // namespace miafr
