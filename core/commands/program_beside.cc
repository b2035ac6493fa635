#include "core/commands/program_beside.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/errors.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

const std::string kPrefix = "miafr-";

fs::path folder() { return executable_path().parent_path(); }

Arguments words_of(const GlobalOptions& globals) {
  Arguments words = {"--log-level", globals.log_level, "--color", globals.color};
  for (const std::string& folder : globals.plugin_dirs) words.insert(words.end(), {"--plugin-dir", folder});
  for (const std::string& folder : globals.models_dirs) words.insert(words.end(), {"--models-dir", folder});
  return words;
}

}  // namespace

std::vector<std::string> programs_beside() {
  std::vector<std::string> names;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder(), none)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPrefix, 0) == 0 && ::access(entry.path().c_str(), X_OK) == 0)
      names.push_back(name.substr(kPrefix.size()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

void run_program_beside(const std::string& name, const GlobalOptions& globals, const Arguments& arguments) {
  const std::vector<std::string> names = programs_beside();
  if (!std::binary_search(names.begin(), names.end(), name)) return;
  const std::string program = (folder() / (kPrefix + name)).string();
  Arguments words = {program};
  const Arguments given = words_of(globals);
  words.insert(words.end(), given.begin(), given.end());
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  throw Error(program + ": cannot be run: " + std::strerror(errno));
}

}  // namespace miafr
