// miafr fit: trains an editor plugin on labelled photos.
#include "core/fit/fit.h"

#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>

#include "core/base/errors.h"
#include "core/base/progress.h"
#include "core/commands/editor_source_options.h"
#include "core/commands/face_options.h"
#include "core/commands/new_run_folder.h"
#include "core/commands/option_values.h"
#include "core/cuda/load_kernels.h"
#include "core/fit/fit_description.h"
#include "core/runtime/device.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

void describe(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("editor", text("NAME"), "editor plugin that can be fitted; NAME:key=value,… sets its parameters");
  add("data", text("DIR"), "the folder of the photos");
  add("labels", text("FILE"), "CSV of the photos: columns file and subject, and one for each label");
  add("name,n", text("JOB"), "name of the run");
  add("logdir,l", text("DIR"), "where run folders go (default: logs)");
  add("resume,r", text("RUN"), "go on with the run in this folder, from its newest checkpoint");
  add("device", text("D"), "cpu, cuda or auto (default)");
  add("dry-run", "check all inputs, say what memory it takes, and stop; nothing is written");
}

std::string settings_help() {
  std::string text = "Settings, key=value:\n";
  for (const ParamSpec& spec : fit_section().table())
    text += "  " + std::string(spec.name) + "=" + default_text(spec) + ": " + spec.doc + "\n";
  return text;
}

// What follows the options: "steps=100".
RawParams read_changes(const Arguments& rest) {
  RawParams changes;
  for (const std::string& word : rest) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0 || word[0] == '-')
      throw UsageError("unknown argument " + word + "; settings are key=value; see: miafr fit --help");
    changes.push_back(
        {word.substr(0, equals), word.substr(equals + 1), "command line: " + word, word.substr(0, equals)});
  }
  return changes;
}

void read_new_run(const Options& options, const RawParams& changes, FitOptions& wanted) {
  for (const char* name : {"editor", "data", "labels"})
    if (!options.has(name)) throw UsageError(std::string("missing --") + name + "; see: miafr fit --help");
  wanted.run_folder = new_run_folder(options);
  wanted.editor = plugin_named("editor", options.get<std::string>("editor"));
  wanted.data = options.get<std::string>("data");
  wanted.labels = options.get<std::string>("labels");
  wanted.settings = read_fit_settings(changes);
}

// The run is what run.json says it is; only where the photos are may have changed.
void read_resumed_run(const Options& options, const RawParams& changes, FitOptions& wanted) {
  if (options.has("editor")) throw UsageError("-r goes on with the run's own editor; leave --editor out");
  wanted.run_folder = options.get<std::string>("resume");
  if (!fs::is_directory(wanted.run_folder))
    throw Error(wanted.run_folder.string() + ": no such folder; -r takes the folder of a run, logs/<time>_<job>");
  read_fit_description(wanted.run_folder, changes, wanted);
  if (options.has("data")) wanted.data = options.get<std::string>("data");
  if (options.has("labels")) wanted.labels = options.get<std::string>("labels");
}

std::optional<FitOptions> read_options(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("fit --editor NAME --data DIR --labels FILE -n JOB [key=value…]",
                  "Fits an editor plugin to labelled photos. A run has a folder of its own, logs/<time>_<job>, with\n"
                  "checkpoints, metrics and previews; its weights are for miafr edit --editor NAME:weights=FILE.\n\n" +
                      settings_help());
  describe(options);
  describe_editor_sources(options);
  options.keep_rest();
  if (!options.parse(arguments)) return std::nullopt;
  FitOptions wanted;
  wanted.resume = options.has("resume");
  wanted.dry_run = options.has("dry-run");
  wanted.sources = read_editor_sources(options);
  const RawParams changes = read_changes(options.rest());
  wanted.resume ? read_resumed_run(options, changes, wanted) : read_new_run(options, changes, wanted);
  wanted.vocabulary = shared_file("bpe_simple_vocab_16e6.txt.gz");
  wanted.run = {choose_device(value_or<std::string>(options, "device", "auto")), wanted.settings.batch_size,
                default_model_folders(globals.models_dirs)};
  return wanted;
}

std::string note_of(const FitReport& report) {
  if (report.losses.empty()) return "";
  char number[32];
  std::snprintf(number, sizeof number, " %.4f", report.losses.begin()->second);
  return report.losses.begin()->first + number;
}

}  // namespace

int run_fit(const GlobalOptions& globals, const Arguments& arguments) {
  const std::optional<FitOptions> wanted = read_options(globals, arguments);
  if (!wanted) return 0;
  use_fused_kernels(wanted->run.device);
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  std::optional<Progress> progress;
  fit(*wanted, registry, face_progress("fit"), [&](const FitReport& report) {
    if (!progress) {  // the clock begins when the first step of this run is done
      progress.emplace("fit", "step", report.steps, std::cerr, ::isatty(STDERR_FILENO) != 0);
      progress->go_on_from(report.step + 1);
    }
    progress->update(report.step + 1, note_of(report));
  });
  progress.reset();
  if (!wanted->dry_run) std::cout << wanted->run_folder.string() << "\n";
  return 0;
}

}  // namespace miafr
