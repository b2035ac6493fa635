// miafr config check: what a config means, and what is wrong with it, before anything is started.
#include <algorithm>
#include <iostream>
#include <sstream>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/commands/options.h"
#include "core/commands/plugin_text.h"
#include "core/config/load_config.h"
#include "core/config/nearest.h"
#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/plugin/loss.h"
#include "core/plugin/sampler.h"
#include "core/runtime/chosen_plugin.h"
#include "core/runtime/device.h"
#include "core/runtime/plugin_host.h"

namespace miafr {
namespace {

std::string text_of(const Params::Value& value) {
  struct Text {
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return format_number(number); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Text(), value);
}

// What the plugin's parameters name must be installed too; it may be before the run, so this only warns.
bool warn_of_missing(const PluginRegistry& registry, const ParamTable& table, const Params& params,
                     const std::string& path) {
  bool missing = false;
  for (const ParamSpec& param : table) {
    if (param.type != ParamType::kPlugin) continue;
    const auto installed = registry.names(param.choices);
    const std::string name = parse_plugin_choice(params.text(param.name), path + "." + param.name, "").name;
    if (std::count(installed.begin(), installed.end(), name) > 0) continue;
    missing = true;
    log_warning(path + "." + param.name + ": no " + param.choices + " named '" + name +
                "' is installed (installed: " + comma_separated(installed) + "); a run will stop there");
  }
  return missing;
}

// Finds the plugin, checks its parameters, makes one as a run would, and returns the parameters as " (eta 0, …)".
// section: a LossConfig or SamplerConfig.
template <class Interface, class Section>
std::string checked_plugin(PluginRegistry& registry, const RunSettings& settings, const Section& section,
                           const std::string& path) {
  std::string failed = path + ".name: ";
  Params params;
  try {
    const auto library = registry.find(PluginKind<Interface>::kName, section.name);
    params = resolve_params(library->params(), section.params, path + ".params");
    failed = path + ": ";
    PluginHost host(library->title(), settings, registry);
    if (!warn_of_missing(registry, library->params(), params, path + ".params"))
      PluginLibrary::create<Interface>(library, params, host);
  } catch (const PluginError& e) {
    throw ConfigError(section.origin, failed + e.what());
  }
  std::string text;
  for (const auto& [key, value] : params.values()) text += (text.empty() ? "" : ", ") + key + " " + text_of(value);
  return text.empty() ? "" : " (" + text + ")";
}

// What has no effect, by reason, in the order of the file.
void print_ignored(std::ostream& out, const std::vector<Ignored>& all) {
  std::vector<std::string> reasons;
  for (const Ignored& ignored : all)
    if (std::count(reasons.begin(), reasons.end(), ignored.reason) == 0) reasons.push_back(ignored.reason);
  for (const std::string& reason : reasons) {
    out << "ignored, " << reason << ":\n";
    for (const Ignored& ignored : all)
      if (ignored.reason == reason) out << "          " << ignored.path << " = " << ignored.value << "\n";
  }
}

void print_meaning(std::ostream& out, const LoadedConfig& loaded, PluginRegistry& registry,
                   const RunSettings& settings) {
  const RunConfig& config = loaded.config;
  out << "train     " << config.train.steps << " steps of batch " << config.data.batch_size << ", learning rate "
      << format_number(config.train.learning_rate) << ", regularisation set x "
      << format_number(config.train.reg_weight) << "\n";
  out << "loss      noise mean squared error x 1\n";
  for (std::size_t i = 0; i < config.losses.size(); ++i) {
    const LossConfig& loss = config.losses[i];
    out << "loss      " << loss.name << " x " << format_number(loss.weight)
        << checked_plugin<IdentityLoss>(registry, settings, loss, "losses[" + std::to_string(i) + "]") << "\n";
  }
  out << "sampler   " << config.sampler.name << ", " << config.sampler.steps << " steps"
      << checked_plugin<Sampler>(registry, settings, config.sampler, "sampler") << "\n";
  print_ignored(out, loaded.ignored);
}

// What --help adds: every key of a config, and the parameters of the plugins that it could name.
void print_keys(std::ostream& out, PluginRegistry& registry) {
  for (const SectionInfo& section : section_infos()) {
    out << "\n"
        << section.name << (section.is_list ? ": a list of" : ":")
        << (section.names_plugin ? " (and params: of the plugin named)" : "") << "\n";
    describe_params(out, section.table);
  }
  for (const auto& entry : registry.list()) {
    if (entry.shadowed || (entry.kind != PluginKind<IdentityLoss>::kName && entry.kind != PluginKind<Sampler>::kName))
      continue;
    try {
      const auto library = registry.load(entry.file);
      if (library->descriptor().param_count == 0) continue;
      out << "\nparams of " << library->title() << ":\n";
      describe_params(out, library->params());
    } catch (const PluginError& e) {
      log_warning(e.what());
    }
  }
}

}  // namespace

int run_config_check(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "config check FILE [--KEY VALUE…]",
      "Reads a config, our own or the published v1-finetune_*.yaml, with changes from the command line such as\n"
      "--train.steps 100, losses.cosine.weight=0.5 or --model.params.reg_weight=0.5, and says what a run would do.");
  options.add()("print-config", "print the complete config with all defaults instead; it can be loaded again")(
      "gpus", boost::program_options::value<std::string>()->value_name("N,"),
      "as a run would take it: 0, is the first GPU");
  options.positional("FILE");
  options.keep_rest();
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  if (!options.parse(arguments)) {
    print_keys(std::cout, registry);
    return 0;
  }
  RunSettings settings;
  settings.model_folders = default_model_folders(globals.models_dirs);
  if (options.has("gpus")) settings.device = device_of_gpus(options.get<std::string>("gpus"));
  const LoadedConfig loaded = load_config(options.list("FILE").front(), parse_overrides(options.rest()));
  for (const std::string& notice : loaded.notices) log_info(notice);
  if (options.has("print-config")) {
    std::cout << to_yaml(loaded.config);
    return 0;
  }
  settings.batch_size = loaded.config.data.batch_size;
  std::ostringstream meaning;  // printed only when nothing is wrong
  print_meaning(meaning, loaded, registry, settings);
  std::cout << meaning.str();
  return 0;
}

}  // namespace miafr
