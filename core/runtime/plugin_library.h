// One plugin file: from a trusted path to a checked descriptor and to objects made by it.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "core/plugin/abi.h"
#include "core/plugin/host_context.h"
#include "core/base/errors.h"

namespace miafr {

class PluginLibrary {
 public:
  // Loads a trusted file (trusted_file.h) that must hold a plugin built like this host. Throws PluginError with
  // everything that differs and the command that rebuilds it. A library is never unloaded.
  static std::shared_ptr<const PluginLibrary> load(const std::filesystem::path& file);

  // The same without loading the file or running any of its code: does it export the entry of this host?
  static void check_entry(const std::filesystem::path& file);

  virtual ~PluginLibrary() = default;

  const PluginDescriptor& descriptor() const { return *descriptor_; }
  const std::filesystem::path& file() const { return file_; }
  ParamTable params() const { return {descriptor_->params, descriptor_->param_count}; }
  std::string title() const;  // "loss cosine"

  // A new object of the plugin; it keeps the library loaded. Throws PluginError, also when Interface is not its kind.
  template <class Interface>
  static std::shared_ptr<Interface> create(std::shared_ptr<const PluginLibrary> library, const Params& params,
                                           HostContext& host) {
    library->expect_kind(PluginKind<Interface>::kName);
    auto* object = static_cast<Interface*>(library->create_object(params, host));
    return {object, [library](Interface* p) { delete p; }};
  }

  void expect_kind(const std::string& kind) const;

 protected:
  PluginLibrary(std::filesystem::path file, const PluginDescriptor& descriptor)
      : file_(std::move(file)), descriptor_(&descriptor) {}

 private:
  void* create_object(const Params& params, HostContext& host) const;

  std::filesystem::path file_;
  const PluginDescriptor* descriptor_;
};

// The exception being handled, as one line: LibTorch's backtrace and all after the first line are left out.
std::string current_exception_line();

// Runs f, a call into the plugin's object; whatever it throws becomes a PluginError with the plugin, the step and the
// text. Cancelled passes, and so does Error: it comes from the host's own callbacks.
template <class F>
auto call_plugin(const PluginLibrary& library, const char* step, F f) -> decltype(f()) {
  try {
    return f();
  } catch (const Cancelled&) {
    throw;
  } catch (const Error&) {
    throw;
  } catch (...) {
    throw PluginError(library.title() + " failed in " + step + ": " + current_exception_line());
  }
}

}  // namespace miafr
