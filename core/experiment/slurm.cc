#include "core/experiment/slurm.h"

#include <fstream>
#include <sstream>

#include "core/base/child_process.h"
#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/experiment/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr int kNotFound = 127;  // of ChildProcess, where there is no such program

std::string job_name(const std::string& name) {
  std::string plain;
  for (const char c : name) plain += std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' ? c : '_';
  return "miafr-" + plain;
}

std::string header(const Experiment& experiment, const std::vector<std::string>& lines) {
  std::string text = "#!/bin/bash\n#SBATCH --job-name=" + job_name(experiment.name) + "\n";
  for (const std::string& line : lines) text += "#SBATCH " + line + "\n";
  for (const std::string& option : experiment.slurm) text += "#SBATCH " + option + "\n";
  return text;
}

std::string command_line(const SlurmJob& job) {
  std::string line;
  for (const std::string& word : job.command) line += shell_quoted(word) + " ";
  return line;
}

// Runs sbatch in the folder, so that the scripts' logs go there. Returns the number of the job.
std::string sbatch(const std::vector<std::string>& arguments, const fs::path& folder) {
  const fs::path answer = folder / "sbatch.log";
  fs::remove(answer);
  std::vector<std::string> command = {"sbatch", "--parsable", "--chdir", folder.string()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  ChildProcess child({command, answer, {}, -1});
  const ChildEnd end = child.wait();
  std::ifstream in(answer);
  std::string line, last;
  while (std::getline(in, line))
    if (!line.empty()) last = line;
  const std::string& script = arguments.back();
  if (end.exit_code == kNotFound && last.empty())
    throw Error("there is no sbatch on this machine; " + script + " is written, submit it where Slurm is");
  if (end.exit_code != 0) throw Error("sbatch refuses " + script + ": " + shown(last, 300));
  return last.substr(0, last.find(';'));  // "NUMBER;CLUSTER"
}

}  // namespace

std::string shell_quoted(const std::string& word) {
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

std::string cells_script(const Experiment& experiment, const SlurmJob& job) {
  const std::string last = std::to_string(job.trials.size() - 1);
  std::string text = header(experiment, {"--array=0-" + last + (job.jobs > 0 ? "%" + std::to_string(job.jobs) : ""),
                                         "--output=trial-%a.log", "--signal=B:INT@120"});
  text += "trials=(\n";
  for (const std::string& trial : job.trials) text += "  " + shell_quoted(trial) + "\n";
  text += ")\ncd " + shell_quoted(job.working_folder.string()) + " || exit 1\n";
  return text + "exec " + command_line(job) + "--trial \"${trials[$SLURM_ARRAY_TASK_ID]}\"\n";
}

std::string evaluation_script(const Experiment& experiment, const SlurmJob& job) {
  return header(experiment, {"--output=evaluate.log"}) + "cd " + shell_quoted(job.working_folder.string()) +
         " || exit 1\nexec " + command_line(job) + "--evaluate\n";
}

Submitted submit(const Experiment& experiment, const SlurmJob& job, const fs::path& out) {
  const fs::path folder = out / "slurm";
  fs::create_directories(folder);
  write_file(folder / "evaluate.sh", evaluation_script(experiment, job));
  if (job.trials.empty()) return {"", sbatch({(folder / "evaluate.sh").string()}, folder)};
  write_file(folder / "trials.sh", cells_script(experiment, job));
  Submitted jobs;
  jobs.trials = sbatch({(folder / "trials.sh").string()}, folder);
  jobs.evaluation = sbatch({"--dependency=afterany:" + jobs.trials, (folder / "evaluate.sh").string()}, folder);
  return jobs;
}

}  // namespace miafr
