#include "core/runtime/plugin_library.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <boost/core/demangle.hpp>
#include <boost/dll/library_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <cstdio>
#include <fstream>
#include <vector>

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace dll = boost::dll;

constexpr const char* kRebuild = "rebuild it: g++ $(miafr plugins flags) NAME.cc -o libNAME.so";

[[noreturn]] void refuse(const fs::path& file, const std::string& reason) {
  throw PluginError("plugin " + file.string() + ": " + reason);
}

// Keeps the library's handle. The object is never destroyed: see PluginLibrary::load.
class LoadedLibrary final : public PluginLibrary {
 public:
  LoadedLibrary(fs::path file, dll::shared_library handle, const PluginDescriptor& descriptor)
      : PluginLibrary(std::move(file), descriptor), handle_(std::move(handle)) {}

 private:
  dll::shared_library handle_;
};

bool is_elf(const fs::path& file) {
  char magic[4] = {};
  std::ifstream(file, std::ios::binary).read(magic, 4);
  return std::equal(magic, magic + 4, "\177ELF");
}

std::vector<std::string> exported_symbols(const fs::path& file) {
  if (!is_elf(file)) refuse(file, "is not a shared library (no ELF file)");
  try {
    return dll::library_info(file).symbols();
  } catch (const std::exception& e) {
    refuse(file, std::string("is not a shared library of this machine: ") + e.what());
  }
}

// What the dynamic linker says, as a sentence with C++ names as they are written.
std::string linker_reason(const std::string& text) {
  const std::string mark = "undefined symbol: ";
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) return "cannot be loaded: " + text;
  const std::string symbol =
      text.substr(at + mark.size(), text.find_first_of(" ,)\n", at + mark.size()) - at - mark.size());
  return "cannot be loaded: undefined symbol " + boost::core::demangle(symbol.c_str()) + "; link what defines it, or " +
         kRebuild;
}

dll::shared_library open(const fs::path& file) {
  // Not Boost's default, which is lazy: it would accept undefined symbols and abort at the first call.
  try {
    return dll::shared_library(file, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  } catch (const std::exception& e) {
    refuse(file, linker_reason(e.what()));
  }
}

std::string family(const std::string& compiler) { return compiler.substr(0, compiler.find(' ')); }
std::string text(const char* s) { return s ? s : "(null)"; }
std::string hex(std::uint64_t value) {
  char buffer[17];
  std::snprintf(buffer, sizeof buffer, "%016llx", static_cast<unsigned long long>(value));
  return buffer;
}
std::string abi(std::uint32_t bits) {
  return std::string(bits & kCxx11Strings ? "cxx11" : "pre-cxx11") + (bits & kDebugContainers ? " debug" : "");
}

// What a plugin's descriptor must say of its build; the hash of the headers depends on the kind.
constexpr PluginDescriptor host_descriptor() {
  PluginDescriptor host{};
  host.struct_size = sizeof(PluginDescriptor);
  host.api_version = kApiVersion;
  host.stdlib_abi = MIAFR_CXX11_ABI | MIAFR_DEBUG_ABI;
  host.cxx_standard = __cplusplus;
  host.torch_version = TORCH_VERSION;
  host.compiler = MIAFR_COMPILER;
  return host;
}

void compare_builds(const PluginDescriptor& plugin, const fs::path& file) {
  constexpr PluginDescriptor host = host_descriptor();
  std::string differences;
  const auto compare = [&](const char* what, const std::string& theirs, const std::string& ours) {
    if (theirs != ours)
      differences += std::string(differences.empty() ? "" : ", ") + what + " " + theirs + " (host: " + ours + ")";
  };
  compare("SDK version", std::to_string(plugin.api_version), std::to_string(host.api_version));
  compare("descriptor size", std::to_string(plugin.struct_size), std::to_string(host.struct_size));
  compare("SDK headers", hex(plugin.sdk_hash), hex(sdk_hash(plugin.kind)));
  compare("LibTorch", text(plugin.torch_version), host.torch_version);
  if (family(text(plugin.compiler)) != family(host.compiler)) compare("compiler", text(plugin.compiler), host.compiler);
  compare("standard library", abi(plugin.stdlib_abi), abi(host.stdlib_abi));
  compare("C++ standard", std::to_string(plugin.cxx_standard), std::to_string(host.cxx_standard));
  if (!differences.empty()) refuse(file, "is built differently from this host: " + differences + "; " + kRebuild);
}

void check_kind(const PluginDescriptor& plugin, const fs::path& file) {
  if (plugin.magic != kPluginMagic) refuse(file, "its descriptor is damaged: it does not begin with the plugin mark");
  if (plugin.kind == nullptr || *plugin.kind == '\0') refuse(file, "its descriptor names no kind");
  if (sdk_hash(plugin.kind) == 0)
    refuse(file, "is a plugin of the kind '" + text(plugin.kind) + "', which this host does not know");
}

void check_complete(const PluginDescriptor& plugin, const fs::path& file) {
  for (const char* word : {plugin.name, plugin.version, plugin.summary, plugin.licence})
    if (word == nullptr || *word == '\0') refuse(file, "its descriptor leaves name, version, summary or licence empty");
  if (plugin.create == nullptr) refuse(file, "its descriptor names no factory");
  if (plugin.param_count > 0 && plugin.params == nullptr)
    refuse(file, "its descriptor counts parameters but has no table");
  for (const ParamSpec& param : ParamTable(plugin.params, plugin.param_count))
    if (param.name == nullptr || param.doc == nullptr) refuse(file, "a parameter in its table has no name or no doc");
}

}  // namespace

void PluginLibrary::check_entry(const fs::path& file) {
  std::string other;
  for (const std::string& symbol : exported_symbols(file)) {
    if (symbol == kPluginEntry) return;
    if (symbol.rfind(kPluginEntryPrefix, 0) == 0) other = symbol;
  }
  if (other.empty())
    refuse(file, "is no MIAFR plugin: it exports no " + std::string(kPluginEntryPrefix) +
                     "…; end its source with MIAFR_LOSS_PLUGIN(…) or its kind's macro");
  refuse(file,
         "is built for another host: it exports " + other + ", this host loads " + kPluginEntry + "; " + kRebuild);
}

std::shared_ptr<const PluginLibrary> PluginLibrary::load(const fs::path& file) {
  check_entry(file);
  dll::shared_library handle = open(file);
  const auto& descriptor = handle.get<const PluginDescriptor>(kPluginEntry);
  check_kind(descriptor, file);
  compare_builds(descriptor, file);
  check_complete(descriptor, file);
  // Never destroyed, so never unloaded: LibTorch and threads may still hold code of the library when main returns.
  static auto& loaded = *new std::vector<std::shared_ptr<const PluginLibrary>>;
  loaded.push_back(std::make_shared<LoadedLibrary>(file, std::move(handle), descriptor));
  return loaded.back();
}

std::string PluginLibrary::title() const { return text(descriptor_->kind) + " " + text(descriptor_->name); }

void PluginLibrary::expect_kind(const std::string& kind) const {
  if (kind != descriptor_->kind)
    refuse(file_, "is a " + text(descriptor_->kind) + ", but a " + kind +
                      " is asked for; put it into the folder of its kind and name it there");
}

void* PluginLibrary::create_object(const Params& params, HostContext& host) const {
  char reason[1024] = "its factory returned nothing and gave no reason";
  void* object = descriptor_->create(params, host, reason, sizeof reason);
  if (object == nullptr)
    throw PluginError(title() + ": " + std::string(reason).substr(0, std::string(reason).find('\n')));
  return object;
}

std::string current_exception_line() {
  const auto first_line = [](const std::string& what) { return what.substr(0, what.find('\n')); };
  try {
    throw;
  } catch (const c10::Error& e) {
    return first_line(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return first_line(e.what());
  } catch (...) {
    return "it threw something that is not a std::exception";
  }
}

}  // namespace miafr
