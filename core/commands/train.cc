// miafr train: fine-tunes a Stable Diffusion on one person's photos.
#include "core/train/train.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/progress.h"
#include "core/commands/new_run_folder.h"
#include "core/commands/option_values.h"
#include "core/commands/options.h"
#include "core/config/load_config.h"
#include "core/cuda/load_kernels.h"
#include "core/io/atomic_file.h"
#include "core/io/whole_file.h"
#include "core/runtime/device.h"
#include "core/train/rank_environment.h"
#include "core/train/run_description.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

void describe_inputs(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  auto add = options.add();
  add("base,b", text("CONFIG"), "config, ours (configs/train_*.yaml) or the published layout");
  add("actual_resume", text("CKPT"), "the Stable Diffusion v1 checkpoint to begin with");
  add("data_root", text("DIR"), "photos of the subject");
  add("reg_data_root", text("DIR"), "regularisation set: photos of other people, with captions");
  add("token", text("WORD"), "the rare word that stands for the subject in captions (default: sks)");
  add("class_word", text("WORD"), "what the subject is (default: person)");
  add("name,n", text("JOB"), "name of the run");
  add("logdir,l", text("DIR"), "where run folders go (default: logs)");
  add("resume,r", text("RUN"), "go on with the run in this folder, from its newest checkpoint");
  add("seed,s", po::value<std::int64_t>()->value_name("N"), "the same as train.seed=N");
  add("device", text("D"), "cpu, cuda or auto (default)");
  add("gpus", text("LIST"), "as published: \"0,\" is the first GPU");
  add("dry-run", "check all inputs, say what memory it takes, and stop; nothing is written");
  add("try", po::value<std::int64_t>()->value_name("N"), "the same, and do N steps to see how long they take");
  add("timings", text("FILE"), "write how long each step took, as JSON");
  add("train,t", "as published; has no effect");
  add("no-test", "as published; has no effect");
}

RunConfig read_config(const Options& options, const fs::path& run_folder, bool resume) {
  Arguments changes = options.rest();
  if (options.has("seed")) changes.push_back("train.seed=" + std::to_string(options.get<std::int64_t>("seed")));
  std::string file = value_or<std::string>(options, "base", "");
  if (file.empty() && resume) file = (run_folder / "config.yaml").string();
  if (file.empty())
    throw UsageError("missing --base CONFIG, such as configs/train_biometric.yaml; see: miafr train --help");
  const LoadedConfig loaded = load_config(file, parse_overrides(changes));
  for (const std::string& notice : loaded.notices) log_info(notice);
  return loaded.config;
}

// A resumed run has its inputs in run.json; the command line may say where they are now.
void read_inputs(const Options& options, TrainOptions& wanted) {
  if (wanted.resume) {
    const DescribedInputs before = read_description(wanted.run_folder);
    wanted.checkpoint = before.checkpoint;
    wanted.folders = before.folders;
  }
  const auto take = [&](const char* option, auto& into) {
    if (options.has(option)) into = options.get<std::string>(option);
  };
  take("actual_resume", wanted.checkpoint);
  take("data_root", wanted.folders.train);
  take("reg_data_root", wanted.folders.reg);
  take("token", wanted.folders.token);
  take("class_word", wanted.folders.class_word);
  if (wanted.checkpoint.empty())
    throw UsageError("missing --actual_resume CKPT, the checkpoint to begin with; see: miafr train --help");
  if (wanted.folders.train.empty())
    throw UsageError("missing --data_root DIR, the subject's photos; see: miafr train --help");
}

struct Wanted {
  TrainOptions run;
  std::string timings;
};

std::optional<Wanted> read_options(const GlobalOptions& globals, const Arguments& arguments) {
  Options options("train --base CONFIG --actual_resume CKPT --data_root DIR [--reg_data_root DIR] [key=value…]",
                  "Fine-tunes a Stable Diffusion v1 checkpoint on one person's photos. A run has a folder of its own,\n"
                  "logs/<time>_<job>, with checkpoints, metrics and previews. Settings of the config can be changed:\n"
                  "train.steps=400 losses.biometric.weight=0.2");
  describe_inputs(options);
  options.keep_rest();
  if (!options.parse(arguments)) return std::nullopt;
  TrainOptions wanted;
  wanted.resume = options.has("resume");
  wanted.run_folder = wanted.resume ? fs::path(options.get<std::string>("resume")) : new_run_folder(options);
  if (wanted.resume && !fs::is_directory(wanted.run_folder))
    throw Error(wanted.run_folder.string() + ": no such folder; -r takes the folder of a run, logs/<time>_<job>");
  wanted.config = read_config(options, wanted.run_folder, wanted.resume);
  read_inputs(options, wanted);
  if (options.has("gpus") && options.has("device")) throw UsageError("--gpus and --device both name a device");
  const RankEnvironment ranks = rank_environment();
  const at::Device device = options.has("gpus")
                                ? device_of_gpus(options.get<std::string>("gpus"), ranks.local_rank, ranks.size)
                                : choose_device(value_or<std::string>(options, "device", "auto"), ranks.local_rank);
  wanted.vocabulary = shared_file("bpe_simple_vocab_16e6.txt.gz");
  wanted.run = {device, wanted.config.data.batch_size, default_model_folders(globals.models_dirs)};
  if (options.has("dry-run")) wanted.try_steps = 0;
  if (options.has("try")) wanted.try_steps = whole_from(options, "try", 0, 1);
  return Wanted{wanted, value_or<std::string>(options, "timings", "")};
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// What a trial has found out.
void tell(const TrainOptions& run, const std::vector<double>& seconds) {
  if (!run.try_steps || seconds.empty()) return;
  const std::vector<double> later(seconds.begin() + (seconds.size() > 1 ? 1 : 0), seconds.end());
  const double step = median(later);
  char text[64];
  std::snprintf(text, sizeof text, "%.2f s", step);
  log_info(std::string("a step takes ") + text + ", the whole run about " +
           duration_text(step * static_cast<double>(run.config.train.steps)) + "; memory in use " +
           memory_text(static_cast<double>(resident_memory())));
}

}  // namespace

int run_train(const GlobalOptions& globals, const Arguments& arguments) {
  const std::optional<Wanted> wanted = read_options(globals, arguments);
  if (!wanted) return 0;
  if (!wanted->timings.empty()) AtomicFile probe(wanted->timings, 0);  // whether it can be written
  use_fused_kernels(wanted->run.run.device);
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  std::optional<Progress> progress;
  std::vector<double> seconds;
  train(wanted->run, registry, [&](const StepReport& report) {
    if (!progress) {  // the clock begins when the first step of this run is done
      progress.emplace("train", "step", report.steps, std::cerr, ::isatty(STDERR_FILENO) != 0);
      progress->go_on_from(report.step + 1);
    }
    char note[64];
    std::snprintf(note, sizeof note, "loss %.4f", report.loss);
    progress->update(report.step + 1, note);
    seconds.push_back(report.seconds);
  });
  progress.reset();
  if (rank_environment().rank != 0) return 0;  // the first speaks for all
  tell(wanted->run, seconds);
  if (!wanted->timings.empty()) {
    write_file(wanted->timings, nlohmann::json{{"step_s", seconds}}.dump() + "\n");
  }
  if (!wanted->run.try_steps) std::cout << wanted->run.run_folder.string() << "\n";
  return 0;
}

}  // namespace miafr
