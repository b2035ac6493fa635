#include "core/commands/program_beside.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/runtime/errors.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

const std::string kPrefix = "miafr-";

fs::path folder() { return executable_path().parent_path(); }

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

void run_program_beside(const std::string& name, const Arguments& arguments) {
  const std::vector<std::string> names = programs_beside();
  if (!std::binary_search(names.begin(), names.end(), name)) return;
  const std::string program = (folder() / (kPrefix + name)).string();
  std::vector<char*> words = {const_cast<char*>(program.c_str())};
  bool passed_name = false;
  for (const std::string& argument : arguments) {
    if (!passed_name && argument == name)
      passed_name = true;
    else
      words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  ::execv(program.c_str(), words.data());
  throw Error(program + ": cannot be run: " + std::strerror(errno));
}

}  // namespace miafr
