// miafr plugins list | describe | check | new | flags
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/commands/option_values.h"
#include "core/commands/options.h"
#include "core/commands/plugin_text.h"
#include "core/config/nearest.h"
#include "core/config/plugin_choice.h"
#include "core/contract/contract.h"
#include "core/io/whole_file.h"
#include "core/runtime/kinds.h"
#include "core/runtime/sdk_flags.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

PluginRegistry registry_for(const GlobalOptions& globals) {
  return PluginRegistry(PluginRegistry::default_folders(globals.plugin_dirs));
}

// Plugins by "NAME" or "KIND/NAME"; all without names.
std::vector<PluginRegistry::Entry> entries_named(const PluginRegistry& registry,
                                                 const std::vector<std::string>& names) {
  std::vector<PluginRegistry::Entry> entries;
  for (const auto& entry : registry.list())
    if (!entry.shadowed) entries.push_back(entry);
  if (entries.empty()) throw Error("no plugins found; miafr plugins list shows the folders");
  if (names.empty()) return entries;

  std::vector<PluginRegistry::Entry> found;
  for (const std::string& words : names) {
    const std::size_t before = found.size();
    for (const auto& entry : entries)
      if (words == entry.name || words == entry.kind + "/" + entry.name) found.push_back(entry);
    if (found.size() == before) throw Error("no plugin named '" + words + "'; miafr plugins list shows all");
  }
  return found;
}

std::string first_line_after_path(const std::string& error) {
  const std::size_t at = error.find(".so: ");
  return at == std::string::npos ? error : error.substr(at + 5);
}

void print_entry(PluginRegistry& registry, const PluginRegistry::Entry& entry) {
  std::cout << "  " << std::left << std::setw(18) << entry.name;
  try {
    if (entry.shadowed) {
      std::cout << "hidden: an earlier folder has the same name (" << entry.file.string() << ")\n";
      return;
    }
    const auto library = registry.load(entry.file);
    if (!entry.kind.empty()) library->expect_kind(entry.kind);
    std::cout << std::setw(7) << library->descriptor().version << library->descriptor().summary << "\n";
  } catch (const PluginError& e) {
    std::cout << "refused: " << first_line_after_path(e.what()) << "\n";
  }
}

std::string template_of(const Kind& kind) {
  const std::string file = shared_file("templates/" + kind.name + ".cc"), text = read_file(file);
  if (text.empty()) throw Error(file + " is missing; install miafr with ./miafr install PREFIX");
  return text;
}

std::string kind_names() {
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  return comma_separated(names);
}

const char* mark(CheckStatus status) {
  return status == CheckStatus::kPassed ? "ok      " : status == CheckStatus::kFailed ? "FAILED  " : "skipped ";
}

// A plugin that the host refuses has failed its first check; of any other, title becomes what it calls itself.
std::vector<CheckResult> check_entry(PluginRegistry& registry, const PluginRegistry::Entry& entry, std::string& title) {
  try {
    const auto library = registry.load(entry.file);
    if (!entry.kind.empty()) library->expect_kind(entry.kind);
    title = library->title();
    return check_contract(library, registry);
  } catch (const PluginError& e) {
    return {{"the host loads it", CheckStatus::kFailed, e.what()}};
  }
}

}  // namespace

int run_plugins_list(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("plugins list", "Lists every plugin file in the plugin folders: what it is, or why it is refused.");
  options.add()("names", "print names only, one a line");
  if (!options.parse(arguments)) return 0;

  PluginRegistry registry = registry_for(globals);
  const auto entries = registry.list();
  if (options.has("names")) {
    for (const auto& entry : entries)
      if (!entry.shadowed) std::cout << entry.name << "\n";
    return 0;
  }
  std::string kind = "none yet";
  for (const auto& entry : entries) {
    if (entry.kind != kind) std::cout << (entry.kind.empty() ? "in a plugin folder itself" : entry.kind) << "\n";
    kind = entry.kind;
    print_entry(registry, entry);
  }
  if (entries.empty())
    std::cout << "no plugins in:\n";
  else
    std::cout << "folders:\n";
  for (const fs::path& folder : registry.folders())
    std::cout << "  " << folder.string() << (fs::is_directory(folder) ? "" : " (not there)") << "\n";
  return 0;
}

int run_plugins_describe(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "plugins describe [NAME…]",
      "Shows what plugins (default: all) say of themselves. NAME may be KIND/NAME where two kinds share a name.");
  options.add()("markdown", "as a page of documentation");
  options.positional("NAME", -1, /*optional=*/true);
  if (!options.parse(arguments)) return 0;

  PluginRegistry registry = registry_for(globals);
  std::string kind;
  for (const auto& entry : entries_named(registry, options.list("NAME"))) {
    const auto library = registry.load(entry.file);
    if (!options.has("markdown")) {
      describe_plugin(std::cout, *library);
      continue;
    }
    if (kind != entry.kind) std::cout << "## " << entry.kind << "\n\n";
    kind = entry.kind;
    describe_plugin_markdown(std::cout, *library);
  }
  return 0;
}

int run_plugins_check(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("plugins check [NAME…]",
                  "Tests plugins (default: all) against the contract of their kind: a loss's gradient against finite\n"
                  "differences, a sampler's repeatability and cancelling, a face matcher's embeddings. Exit code 1 "
                  "when a check fails.");
  options.positional("NAME", -1, /*optional=*/true);
  if (!options.parse(arguments)) return 0;

  PluginRegistry registry = registry_for(globals);
  int passed = 0, failed = 0, skipped = 0;
  for (const auto& entry : entries_named(registry, options.list("NAME"))) {
    throw_if_interrupted();
    std::string title = entry.name;
    const std::vector<CheckResult> results = check_entry(registry, entry, title);
    std::cout << title << " (" << entry.file.string() << ")\n";
    for (const CheckResult& result : results) {
      std::cout << "  " << mark(result.status) << result.check << (result.detail.empty() ? "" : ": " + result.detail)
                << "\n";
      (result.status == CheckStatus::kPassed ? passed : result.status == CheckStatus::kFailed ? failed : skipped)++;
    }
    std::cout << std::flush;
  }
  std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped\n";
  return failed == 0 ? 0 : 1;
}

int run_plugins_new(const GlobalOptions&, const Arguments& arguments) {
  Options options("plugins new KIND NAME",
                  "Writes NAME.cc, a small plugin of that kind that compiles and passes its checks, into the working\n"
                  "folder. An existing file is never overwritten. KIND is one of\n" +
                      kind_names() + ".");
  options.positional("KIND");
  options.positional("NAME");
  if (!options.parse(arguments)) return 0;

  const Kind& kind = kind_named(options.list("KIND").front());
  const std::string name = options.list("NAME").front();
  if (!is_plugin_name(name))
    throw UsageError("plugin name '" + name + "': lower-case letters, digits and underscores, beginning with a letter");
  const fs::path file = name + ".cc";
  if (fs::exists(file)) throw Error(file.string() + " is there already; choose another name or remove it");
  std::ofstream out(file);
  out << fill_template(template_of(kind), name);
  if (!out.flush()) throw Error("cannot write " + fs::absolute(file).string());
  std::cout << "wrote " << file.string() << "; build and try it:\n"
            << "  g++ $(miafr plugins flags) " << file.string() << " -o lib" << name << ".so\n"
            << "  miafr --plugin-dir . plugins check " << name << "\n";
  return 0;
}

int run_plugins_flags(const GlobalOptions&, const Arguments& arguments) {
  Options options(
      "plugins flags",
      "Prints the flags that build a plugin for this host: g++ $(miafr plugins flags) NAME.cc -o libNAME.so");
  options.add()("as", boost::program_options::value<std::string>()->value_name("WHAT"),
                "all (default), compile or link: those of that step; pkg-config: the file miafr.pc");
  if (!options.parse(arguments)) return 0;
  const std::string what = one_of(options, "as", {"all", "compile", "link", "pkg-config"});
  if (what == "pkg-config") {
    std::cout << pkg_config_file();
    return 0;
  }
  const SdkFlags flags = sdk_flags();
  std::cout << (what == "link" ? "" : flags.compile) << (what == "all" ? " " : "")
            << (what == "compile" ? "" : flags.link) << "\n";
  return 0;
}

}  // namespace miafr
