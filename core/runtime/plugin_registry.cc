#include "core/runtime/plugin_registry.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "core/config/nearest.h"
#include "core/runtime/kinds.h"
#include "core/base/trusted_file.h"

namespace miafr {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPrefix = "lib";
constexpr const char* kSuffix = ".so";

// "cosine" of libcosine.so, "" for any other file.
std::string plugin_name(const fs::path& file) {
  const std::string name = file.filename().string();
  if (file.extension() != kSuffix || name.rfind(kPrefix, 0) != 0) return "";
  return name.substr(3, name.size() - 6);
}

std::vector<fs::path> plugin_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (!plugin_name(entry->path()).empty()) files.push_back(entry->path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

fs::path executable_path() { return fs::read_symlink("/proc/self/exe"); }

std::vector<fs::path> PluginRegistry::default_folders(const std::vector<std::string>& plugin_dirs) {
  std::vector<fs::path> folders;
  for (const std::string& folder : plugin_dirs) {
    if (!fs::is_directory(folder)) throw Error("--plugin-dir " + folder + ": no such folder");
    folders.push_back(fs::canonical(folder));
  }
  const char* path = std::getenv("MIAFR_PLUGIN_PATH");
  std::istringstream entries(path ? path : "");
  for (std::string folder; std::getline(entries, folder, ':');) {
    if (folder.empty()) continue;
    if (fs::path(folder).is_relative())
      throw Error("MIAFR_PLUGIN_PATH: '" + folder + "' is relative; give absolute folders, separated by colons");
    folders.push_back(folder);
  }
  folders.push_back(executable_path().parent_path().parent_path() / "lib" / "miafr" / "plugins");
  return folders;
}

std::shared_ptr<const PluginLibrary> PluginRegistry::load(const fs::path& file) {
  const fs::path real = trusted_file(file, folders_);
  auto& library = loaded_[real];
  if (!library) {
    library = PluginLibrary::load(real);
    if (library->descriptor().name != plugin_name(file)) {
      const std::string name = library->descriptor().name;
      library = nullptr;
      throw PluginError("plugin " + real.string() + ": its name is '" + name + "'; rename the file to lib" + name +
                        ".so");
    }
  }
  return library;
}

std::shared_ptr<const PluginLibrary> PluginRegistry::find(const std::string& kind, const std::string& name) {
  // A name comes from a config: it selects among the files that are there and can never walk to another place.
  for (const fs::path& folder : folders_)
    for (const fs::path& place : {folder / kind_named(kind).folder, folder})
      for (const fs::path& file : plugin_files(place)) {
        if (plugin_name(file) != name) continue;
        auto library = load(file);
        library->expect_kind(kind);
        return library;
      }
  const std::vector<std::string> known = names(kind);
  const std::string guess = nearest(name, known);
  throw PluginError("no " + kind + " named '" + name + "'" + (guess.empty() ? "" : ", did you mean '" + guess + "'?") +
                    " (installed: " + comma_separated(known) + ")");
}

std::vector<PluginRegistry::Entry> PluginRegistry::list() const {
  std::vector<Entry> entries;
  for (const fs::path& folder : folders_) {
    for (const Kind& kind : kinds())
      for (const fs::path& file : plugin_files(folder / kind.folder))
        entries.push_back({kind.name, plugin_name(file), file});
    for (const fs::path& file : plugin_files(folder)) entries.push_back({"", plugin_name(file), file});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return std::tie(a.kind, a.name) < std::tie(b.kind, b.name); });
  for (std::size_t i = 1; i < entries.size(); ++i)
    entries[i].shadowed = entries[i].kind == entries[i - 1].kind && entries[i].name == entries[i - 1].name;
  return entries;
}

std::vector<std::string> PluginRegistry::names(const std::string& kind) const {
  std::set<std::string> names;
  for (const Entry& entry : list())
    if (entry.kind == kind || entry.kind.empty()) names.insert(entry.name);
  return {names.begin(), names.end()};
}

}  // namespace miafr
