// The subcommands of miafr. Adding one: a source with its run function, and a line in commands.cc.
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

int run_plugins_list(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_describe(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_check(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_new(const GlobalOptions& globals, const Arguments& arguments);
int run_plugins_flags(const GlobalOptions& globals, const Arguments& arguments);
int run_config_check(const GlobalOptions& globals, const Arguments& arguments);
int run_data_check(const GlobalOptions& globals, const Arguments& arguments);
int run_detect(const GlobalOptions& globals, const Arguments& arguments);
int run_compare(const GlobalOptions& globals, const Arguments& arguments);
int run_embed(const GlobalOptions& globals, const Arguments& arguments);
int run_evaluate(const GlobalOptions& globals, const Arguments& arguments);
int run_train(const GlobalOptions& globals, const Arguments& arguments);
int run_generate(const GlobalOptions& globals, const Arguments& arguments);
int run_edit(const GlobalOptions& globals, const Arguments& arguments);
int run_fit(const GlobalOptions& globals, const Arguments& arguments);
int run_experiment(const GlobalOptions& globals, const Arguments& arguments);
int run_inspect(const GlobalOptions& globals, const Arguments& arguments);
int run_convert(const GlobalOptions& globals, const Arguments& arguments);
int run_doctor(const GlobalOptions& globals, const Arguments& arguments);
int run_completion(const GlobalOptions& globals, const Arguments& arguments);

}  // namespace miafr
