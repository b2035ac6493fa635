// An experiment as a job array of Slurm.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/experiment/experiment_config.h"

namespace miafr {

struct SlurmJob {
  std::vector<std::string> trials;   // names of those to be done
  std::vector<std::string> command;  // miafr experiment FILE --out OUT …, to which --trial NAME is added
  std::filesystem::path working_folder;
  int jobs = 0;  // that run at once; 0: as many as the cluster lets
};

// One task for each trial. A task is told two minutes before its time is up, so that it saves what it has.
std::string cells_script(const Experiment& experiment, const SlurmJob& job);

// The script that is to run when all tasks have ended, however they did.
std::string evaluation_script(const Experiment& experiment, const SlurmJob& job);

// The word in single quotes, so that a shell takes it for one word.
std::string shell_quoted(const std::string& word);

struct Submitted {
  std::string trials, evaluation;  // numbers of the jobs
};

// Writes trials.sh and evaluate.sh into OUT/slurm, where the logs go too, and hands them to sbatch. Throws Error where
// there is no sbatch, or it refuses; the scripts are there all the same.
Submitted submit(const Experiment& experiment, const SlurmJob& job, const std::filesystem::path& out);

}  // namespace miafr
