// miafr experiment: subjects x methods x seeds from one file.
#include <algorithm>
#include <iostream>
#include <limits>
#include <optional>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/progress.h"
#include "core/commands/experiment_checks.h"
#include "core/commands/option_values.h"
#include "core/commands/options.h"
#include "core/commands/text_table.h"
#include "core/config/nearest.h"
#include "core/experiment/estimate.h"
#include "core/experiment/files.h"
#include "core/experiment/kept_tokens.h"
#include "core/experiment/results.h"
#include "core/experiment/results_folder.h"
#include "core/experiment/schedule.h"
#include "core/experiment/slurm.h"
#include "core/runtime/plugin_host.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
namespace po = boost::program_options;

void describe_options(Options& options) {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  const auto whole = [](const char* name) { return po::value<std::int64_t>()->value_name(name); };
  auto add = options.add();
  add("out", text("DIR"), "where everything goes (default: experiments/NAME)");
  add("dry-run", "show the trials with what they will take; nothing is written");
  add("jobs,j", whole("N"), "trials done at a time, which share the processors (default: 1; with Slurm: no limit)");
  add("launcher", text("HOW"), "local (default), or slurm: write a job array and submit it");
  add("redo", "do trials again that were made of other inputs than the file now has");
  add("trial", text("NAME"), "only this trial, METHOD/SUBJECT/SEED or its number in --dry-run; no evaluation");
  add("evaluate", "do no trial; only judge those that are done");
  add("device", text("D"), "cpu, cuda or auto (default)");
}

// Options that leave each other nothing to do.
void check_together(const Options& options, const std::string& launcher) {
  if (options.has("trial") && options.has("evaluate"))
    throw UsageError("--trial and --evaluate: give one of them; a trial alone is not judged");
  for (const char* name : {"trial", "evaluate"})
    if (launcher == "slurm" && options.has(name))
      throw UsageError(std::string("--launcher slurm and --") + name +
                       ": give one of them; Slurm gets all trials that are not done, and the evaluation");
}

struct Wanted {
  fs::path file;
  Arguments changes;
  Experiment experiment;
  std::vector<Trial> trials;
  Judges judges;
  ScheduleSettings schedule;
};

fs::path absolute(const fs::path& path) { return fs::absolute(path).lexically_normal(); }

// This program with the options that its children need, too. Paths are absolute, as a job may begin elsewhere.
std::vector<std::string> own_command(const GlobalOptions& globals) {
  std::vector<std::string> command = {executable_path().string()};
  for (const std::string& dir : globals.plugin_dirs) command.insert(command.end(), {"--plugin-dir", absolute(dir)});
  for (const std::string& dir : globals.models_dirs) command.insert(command.end(), {"--models-dir", absolute(dir)});
  return command;
}

Wanted read_wanted(const GlobalOptions& globals, const Options& options) {
  Wanted wanted;
  wanted.file = absolute(options.get<std::vector<std::string>>("FILE")[0]);
  wanted.changes = options.rest();
  wanted.experiment = read_experiment(wanted.file, parse_overrides(wanted.changes), shared_file("attributes.yaml"));
  PluginRegistry registry(PluginRegistry::default_folders(globals.plugin_dirs));
  wanted.judges = check_plugins(wanted.experiment, registry, default_model_folders(globals.models_dirs));
  check_judged_folders(wanted.experiment);
  wanted.trials = trials_of(wanted.experiment);
  wanted.schedule.jobs = static_cast<int>(whole_from(options, "jobs", 1, 1));
  wanted.schedule.redo = options.has("redo");
  StageSettings& stages = wanted.schedule.stages;
  stages.out = absolute(value_or<std::string>(options, "out", "experiments/" + wanted.experiment.name));
  stages.program = own_command(globals);
  stages.device = value_or<std::string>(options, "device", "");
  check_results_folder(stages.out);
  keep_tokens(wanted.experiment, stages.out);
  check_tokens(wanted.experiment, ClipTokenizer(shared_file("bpe_simple_vocab_16e6.txt.gz")));
  return wanted;
}

// ---- what it will take

std::string disk_text(const Disk& disk) { return memory_text(disk.at_most) + ", then " + memory_text(disk.kept); }

struct TrialPlan {
  TrialStatus status;
  std::optional<double> seconds;
  Disk disk;
};

std::vector<TrialPlan> plan_of(const Wanted& wanted, InputHashes& hashes) {
  const fs::path& out = wanted.schedule.stages.out;
  const ThroughputEstimate pace(wanted.experiment, out);
  const CheckpointSize size = size_of_checkpoint(wanted.experiment.checkpoint);
  std::vector<TrialPlan> plans;
  for (const Trial& trial : wanted.trials) {
    const TrialStatus status = status_of(wanted.experiment, trial, out, hashes);
    plans.push_back({status, pace.seconds_left(wanted.experiment, trial, status.usable()),
                     disk_of(wanted.experiment, trial, size)});
  }
  return plans;
}

// Of all trials that are not done, as many at a time as there are jobs.
Disk disk_left(const std::vector<TrialPlan>& plans, int jobs) {
  Disk disk;
  std::vector<double> extra;  // while one runs, beside what it keeps
  for (const TrialPlan& plan : plans) {
    if (plan.status.state == TrialState::kDone) continue;
    disk.kept += plan.disk.kept;
    extra.push_back(plan.disk.at_most - plan.disk.kept);
  }
  std::sort(extra.rbegin(), extra.rend());
  extra.resize(std::min(extra.size(), static_cast<std::size_t>(jobs)));
  disk.at_most = disk.kept;
  for (const double one : extra) disk.at_most += one;
  return disk;
}

// Bytes where the results go, which need not be there yet.
double free_disk(fs::path folder) {
  std::error_code error;
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::space_info space = fs::space(folder, error);
  return error ? std::numeric_limits<double>::infinity() : static_cast<double>(space.available);
}

void warn_of_little_disk(const Wanted& wanted, InputHashes& hashes) {
  const Disk disk = disk_left(plan_of(wanted, hashes), wanted.schedule.jobs);
  const double free = free_disk(wanted.schedule.stages.out);
  if (disk.at_most > free)
    log_warning("about " + memory_text(disk.at_most) + " of disk are needed, and " + memory_text(free) +
                " are free; keep=none, train.method=lora and train.save_dtype=float16 take less");
}

void show_trials(const Wanted& wanted) {
  InputHashes hashes;
  const std::vector<TrialPlan> plans = plan_of(wanted, hashes);
  TextTable table = {{"", "trial", "token", "state", "time", "disk", ""}};
  double seconds = 0;
  bool known = true;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    const TrialPlan& plan = plans[i];
    const bool done = plan.status.state == TrialState::kDone;
    known = known && (done || plan.seconds);
    if (!done) seconds += plan.seconds.value_or(0);
    table.push_back({std::to_string(i), wanted.trials[i].name,
                     wanted.experiment.subjects[wanted.trials[i].subject].token, name_of(plan.status.state),
                     done           ? ""
                     : plan.seconds ? duration_text(*plan.seconds)
                                    : "not known yet",
                     done ? "" : disk_text(plan.disk), plan.status.note});
  }
  print_table(std::cout, table, table[0].size());
  const fs::path& out = wanted.schedule.stages.out;
  std::int64_t pictures = 0;
  for (const Trial& trial : wanted.trials)
    pictures += pictures_in(wanted.experiment, wanted.experiment.methods[trial.method]);
  std::cout << plans.size() << " trials, " << pictures << " pictures; left to do: "
            << (known ? "about " + duration_text(seconds / wanted.schedule.jobs) : "time is known once a trial is done")
            << ", disk " << disk_text(disk_left(plans, wanted.schedule.jobs)) << " (" << memory_text(free_disk(out))
            << " are free); into " << out.string() << "\n";
}

// ---- trials

std::vector<Trial> chosen_trials(const Wanted& wanted, const Options& options) {
  if (!options.has("trial")) return wanted.trials;
  const std::string name = options.get<std::string>("trial");
  std::vector<std::string> names;
  for (std::size_t i = 0; i < wanted.trials.size(); ++i) {
    if (wanted.trials[i].name == name || std::to_string(i) == name) return {wanted.trials[i]};
    names.push_back(wanted.trials[i].name);
  }
  throw UsageError("--trial " + name + ": there is no such trial" + suggestion(name, names, "there are"));
}

void keep_file(const Wanted& wanted) {
  const fs::path copy = wanted.schedule.stages.out / "experiment.yaml";
  std::error_code error;
  if (!fs::equivalent(wanted.file, copy, error)) write_file(copy, read_file(wanted.file));
}

// Each was named with its reason when it broke.
void report_broken(const std::vector<TrialOutcome>& outcomes) {
  const auto broken = std::count_if(outcomes.begin(), outcomes.end(),
                                    [](const TrialOutcome& outcome) { return !outcome.failure.empty(); });
  if (broken > 0)
    throw Error(std::to_string(broken) + " of " + std::to_string(outcomes.size()) +
                " trials are not done, for the reasons above; the same command tries them again");
}

void judge(const Wanted& wanted, InputHashes& hashes) {
  const fs::path& out = wanted.schedule.stages.out;
  const Results results =
      judge_trials(wanted.experiment, wanted.trials, wanted.schedule.stages, wanted.judges, wanted.changes, hashes);
  for (const ShownTable& table : results.tables) {
    TextTable text = {table.columns};
    text.insert(text.end(), table.rows.begin(), table.rows.end());
    print_table(std::cout, text, table.first_number);
    std::cout << "\n";
  }
  for (const std::string& missing : results.missing) log_warning(missing);
  log_info("report: " + (out / "report.html").string() +
           (results.failure.empty() ? ", " + (out / "evaluation" / "report.html").string() : ""));
  if (!results.failure.empty()) throw Error(results.failure);
}

// ---- --launcher slurm

int run_slurm(const Wanted& wanted, bool limited) {
  InputHashes hashes;
  const fs::path& out = wanted.schedule.stages.out;
  SlurmJob job;
  for (const Trial& trial : wanted.trials) {
    const TrialStatus status = status_of(wanted.experiment, trial, out, hashes);
    if (status.state == TrialState::kChanged && !wanted.schedule.redo)
      throw Error(trial.name + " is of other inputs: " + status.note + "; --redo does it again");
    if (status.state != TrialState::kDone) job.trials.push_back(trial.name);
  }
  make_results_folder(out);
  keep_file(wanted);
  job.command = wanted.schedule.stages.program;
  job.command.insert(job.command.end(), {"experiment", wanted.file.string(), "--out", out.string()});
  if (!wanted.schedule.stages.device.empty())
    job.command.insert(job.command.end(), {"--device", wanted.schedule.stages.device});
  if (wanted.schedule.redo) job.command.push_back("--redo");
  job.command.insert(job.command.end(), wanted.changes.begin(), wanted.changes.end());
  job.working_folder = fs::current_path();
  job.jobs = limited ? wanted.schedule.jobs : 0;
  const Submitted submitted = submit(wanted.experiment, job, out);
  if (!submitted.trials.empty())
    std::cout << "job " << submitted.trials << ": " << job.trials.size() << " trials, logs in "
              << (out / "slurm").string() << "\n";
  std::cout << "job " << submitted.evaluation << ": evaluation\n";
  return 0;
}

void warn_of_text(const Experiment& experiment) {
  std::vector<std::string> texts;
  for (const Prompt& prompt : experiment.prompts) texts.push_back(prompt.text);
  for (const std::string& line : taken_as_text(texts, {"age", "attribute", "token", "class"})) log_warning(line);
}

}  // namespace

int run_experiment(const GlobalOptions& globals, const Arguments& arguments) {
  Options options(
      "experiment FILE [key=value\u2026]",
      "Edits the photos of each subject by each method, trained ones with each seed, and judges all of it by "
      "face\nmatchers. FILE says what (configs/experiment.yaml shows every key); its settings can be "
      "changed:\ngenerate.images=8. What is finished is never done again, so the same command goes on "
      "after a stop.");
  options.positional("FILE");
  describe_options(options);
  options.alias("cell", "trial");  // as it was called before 0.2
  options.keep_rest();
  if (!options.parse(arguments)) return 0;
  const std::string launcher = one_of(options, "launcher", {"local", "slurm"});
  check_together(options, launcher);
  const Wanted wanted = read_wanted(globals, options);
  warn_of_text(wanted.experiment);
  if (options.has("dry-run")) {
    show_trials(wanted);
    return 0;
  }
  if (launcher == "slurm") return run_slurm(wanted, options.has("jobs"));
  make_results_folder(wanted.schedule.stages.out);
  if (!options.has("trial")) keep_file(wanted);  // of several tasks of a job array none
  InputHashes hashes;
  std::vector<TrialOutcome> outcomes;
  warn_of_little_disk(wanted, hashes);
  if (!options.has("evaluate"))
    outcomes = do_trials(wanted.experiment, chosen_trials(wanted, options), wanted.schedule, hashes);
  if (!options.has("trial")) judge(wanted, hashes);
  report_broken(outcomes);
  return 0;
}

}  // namespace miafr
