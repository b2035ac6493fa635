// miafr: finds the subcommand, and turns what it throws into one line and an exit code.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <new>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/log.h"
#include "core/base/version.h"
#include "core/commands/command.h"
#include "core/commands/options.h"
#include "core/commands/program_beside.h"
#include "core/config/nearest.h"
#include "core/plugin/host_context.h"
#include "core/runtime/plugin_library.h"
#include "core/runtime/reusing_allocator.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

constexpr int kError = 1, kUsage = 2;

// All commands, or those of a group such as "plugins".
void print_help(const std::string& group) {
  std::cout << "usage: miafr " << (group.empty() ? "" : group + " ")
            << "COMMAND [ARGUMENT…]\n\nFine-tunes Stable Diffusion on one person's photos with identity losses, and "
               "measures what identity survives.\n\n";
  for (const Command& command : commands())
    if (group.empty() || command.name.rfind(group + " ", 0) == 0)
      std::cout << "  " << command.name << std::string(20 - command.name.size(), ' ') << command.summary << "\n";
  if (group.empty())
    for (const std::string& name : programs_beside())
      std::cout << "  " << name << std::string(20 - std::min<std::size_t>(name.size(), 18), ' ')
                << "a program of its own, miafr-" << name << "\n";
  GlobalOptions globals;
  std::cout << "\nmiafr COMMAND --help tells more of one. In the source tree, ./miafr also takes setup, build, test "
               "and install PREFIX.\n\n"
            << describe(globals);
}

// Takes the global options out of the command line, wherever they stand.
Arguments parse_globals(const Arguments& arguments, GlobalOptions& globals) {
  try {
    const po::options_description known = describe(globals);  // what is parsed points into it
    const auto parsed = po::command_line_parser(arguments)
                            .options(known)
                            .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                            .allow_unregistered()
                            .run();
    po::variables_map values;
    po::store(parsed, values);
    po::notify(values);
    if (values.count("quiet")) globals.log_level = "warning";
    return po::collect_unrecognized(parsed.options, po::include_positional);
  } catch (const po::error& e) {
    throw UsageError(e.what());
  }
}

void check_globals(const GlobalOptions& globals) {
  const auto one_of = [](const std::string& option, const std::string& value, const std::vector<std::string>& words) {
    std::string all;
    for (const std::string& word : words) {
      if (value == word) return;
      all += (all.empty() ? "" : ", ") + word;
    }
    throw UsageError(option + " " + value + ": allowed are " + all);
  };
  one_of("--log-level", globals.log_level, {"debug", "info", "warning", "error", "off"});
  one_of("--color", globals.color, {"auto", "always", "never"});
}

bool is_group(const std::string& word) {
  for (const Command& command : commands())
    if (command.name.rfind(word + " ", 0) == 0) return true;
  return false;
}

// The command whose name the arguments begin with; its words are taken off them.
const Command& find_command(Arguments& arguments) {
  std::vector<std::string> names;
  for (const Command& command : commands()) {
    const std::string two_words = arguments.size() > 1 ? arguments[0] + " " + arguments[1] : arguments[0];
    if (command.name == two_words || command.name == arguments[0]) {
      arguments.erase(arguments.begin(), arguments.begin() + (command.name == arguments[0] ? 1 : 2));
      return command;
    }
    names.push_back(command.name.substr(0, command.name.find(' ')));
  }
  for (const std::string& name : programs_beside()) names.push_back(name);
  std::string group;  // the second words that the first one takes
  for (const Command& command : commands())
    if (command.name.rfind(arguments[0] + " ", 0) == 0)
      group += (group.empty() ? "" : ", ") + command.name.substr(arguments[0].size() + 1);
  if (!group.empty() && arguments.size() == 1) throw UsageError("miafr " + arguments[0] + " needs one of: " + group);
  if (!group.empty()) throw UsageError("miafr " + arguments[0] + " has no '" + arguments[1] + "', only: " + group);
  if (arguments[0][0] == '-') throw UsageError("unknown option " + arguments[0] + "; see: miafr --help");
  const std::string guess = nearest(arguments[0], names);
  throw UsageError("unknown command '" + arguments[0] + "'" + (guess.empty() ? "" : ", did you mean '" + guess + "'?") +
                   "; see: miafr --help");
}

int run(const Arguments& given) {
  GlobalOptions globals;
  Arguments arguments = parse_globals(given, globals);
  check_globals(globals);
  setup_log(globals.log_level, globals.color);
  const bool by_help = !arguments.empty() && arguments[0] == "help";
  if (by_help) {  // miafr help plugins list = miafr plugins list --help
    arguments.erase(arguments.begin());
    if (!arguments.empty()) arguments.push_back("--help");
  }
  const bool asks_help = !arguments.empty() && (arguments.back() == "--help" || arguments.back() == "-h");
  if (arguments.empty() || (asks_help && arguments.size() == 1)) {
    print_help("");
    return 0;
  }
  if (asks_help && arguments.size() == 2 && is_group(arguments[0])) {
    print_help(arguments[0]);
    return 0;
  }
  if (arguments[0] == "--version") {
    std::cout << "miafr " << kVersion << "\n";
    return 0;
  }
  run_program_beside(arguments[0], globals, Arguments(arguments.begin() + 1, arguments.end()));
  const Command& command = find_command(arguments);
  const int code = command.run(globals, arguments);
  if (!std::cout.flush()) throw Error("cannot write the output: is the disk full?");
  return code;
}

int report(const std::string& reason, int code) {
  std::cout.flush();
  log_error(reason);
  return code;
}

}  // namespace
}  // namespace miafr

int main(int argc, char** argv) {
  using namespace miafr;
  reuse_memory_of_tensors();
  install_interrupt_handler();
  setup_log("info", "auto");
  try {
    return run(Arguments(argv + 1, argv + argc));
  } catch (const UsageError& e) {
    return report(e.what(), kUsage);
  } catch (const Cancelled& e) {
    return report(e.what(), kInterruptedExitCode);
  } catch (const std::bad_alloc&) {
    return report("out of memory", kError);
  } catch (...) {
    return report(current_exception_line(), kError);
  }
}
