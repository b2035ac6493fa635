// Finds plugins by kind and name in the plugin folders and loads each at most once.
//
// A plugin NAME of kind loss is the file losses/libNAME.so, or libNAME.so, of a plugin folder; the first folder that
// has it wins. Nothing is loaded to find out what it is: only the plugin that is asked for runs code.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/runtime/plugin_library.h"

namespace miafr {

class PluginRegistry {
 public:
  // Folders to look in, first come first; those that do not exist are passed over.
  explicit PluginRegistry(std::vector<std::filesystem::path> folders) : folders_(std::move(folders)) {}

  // --plugin-dir folders as given, then $MIAFR_PLUGIN_PATH (absolute, separated by colons), then the installed ones
  // beside the executable: <exe>/../lib/miafr/plugins. Never the working directory. Throws Error for a --plugin-dir
  // that is no folder or a relative entry of $MIAFR_PLUGIN_PATH.
  static std::vector<std::filesystem::path> default_folders(const std::vector<std::string>& plugin_dirs);

  // Throws PluginError: unknown name (with the nearest one and all of the kind), or refused by a gate.
  std::shared_ptr<const PluginLibrary> find(const std::string& kind, const std::string& name);

  struct Entry {
    std::string kind;  // of the folder it lies in, "" for a plugin folder itself
    std::string name;  // of the file, without lib and .so
    std::filesystem::path file;
    bool shadowed = false;  // an earlier folder has the same name
  };
  // Every plugin file, sorted by kind and name; without loading.
  std::vector<Entry> list() const;
  std::vector<std::string> names(const std::string& kind) const;

  // Through all gates but the last (its kind is not asked for).
  std::shared_ptr<const PluginLibrary> load(const std::filesystem::path& file);

  const std::vector<std::filesystem::path>& folders() const { return folders_; }

 private:
  std::vector<std::filesystem::path> folders_;
  std::map<std::filesystem::path, std::shared_ptr<const PluginLibrary>> loaded_;  // by canonical path
};

// The running program's own path, links resolved.
std::filesystem::path executable_path();

}  // namespace miafr
