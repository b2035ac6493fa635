// A plugin as a run uses it: the object, and all that says which one it is.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/config/plugin_choice.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/plugin_library.h"

namespace miafr {

// What one needs to know to trust, and to repeat, what a plugin computed.
struct PluginIdentity {
  std::string kind, name, version, licence;
  std::uint32_t flags = 0;  // PluginDescriptor::flags
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<std::string> weights;  // names of the files it loaded
  std::string weights_sha256;        // of the one file, or of the hashes of all; "" without weights
  std::string key;                   // changes with anything that may change its results
};

template <class Interface>
struct ChosenPlugin {
  std::shared_ptr<const PluginLibrary> library;
  std::shared_ptr<PluginHost> host;  // outlives the object
  std::shared_ptr<Interface> object;
  PluginIdentity identity;

  explicit operator bool() const { return object != nullptr; }

  // Calls into the object; what it throws becomes a PluginError that names it.
  template <class F>
  auto call(const char* step, F f) const -> decltype(f(*object)) {
    return call_plugin(*library, step, [&] { return f(*object); });
  }
};

PluginIdentity identify(const PluginLibrary& library, const Params& params, const std::vector<std::string>& weights);

// Throws PluginError, ConfigError for a parameter, and what a missing model file says.
template <class Interface>
ChosenPlugin<Interface> choose_plugin(const PluginChoice& choice, PluginRegistry& registry, const RunSettings& run) {
  ChosenPlugin<Interface> chosen;
  chosen.library = registry.find(PluginKind<Interface>::kName, choice.name);
  chosen.host = std::make_shared<PluginHost>(chosen.library->title(), run, registry);
  const Params params = resolve_params(chosen.library->params(), choice.params, chosen.library->title());
  chosen.object = PluginLibrary::create<Interface>(chosen.library, params, *chosen.host);
  chosen.identity = identify(*chosen.library, params, chosen.host->loaded_files());
  return chosen;
}

}  // namespace miafr
