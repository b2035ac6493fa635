// The subcommands of miafr. Adding one: a source with its run function, and two lines in commands.cc.
#pragma once

#include <string>
#include <vector>

namespace miafr {

// Options that every command takes, before or after its name.
struct GlobalOptions {
  std::string log_level = "info";
  std::string color = "auto";
  std::vector<std::string> plugin_dirs;
  std::vector<std::string> models_dirs;
};

using Arguments = std::vector<std::string>;

// Returns the exit code; results go to std::cout. Throws UsageError, Error, Cancelled.
using RunCommand = int (*)(const GlobalOptions& globals, const Arguments& arguments);

struct Command {
  std::string name;     // "plugins list"
  std::string summary;  // one line
  RunCommand run;
};

const std::vector<Command>& commands();

}  // namespace miafr
