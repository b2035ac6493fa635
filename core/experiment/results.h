// What an experiment has come to: the evaluation of all finished trials, tables, the manifest.
#pragma once

#include <string>
#include <vector>

#include "core/experiment/evaluation_run.h"
#include "core/experiment/tables.h"

namespace miafr {

struct Results {
  std::vector<ShownTable> tables;
  std::vector<std::string> missing;  // "cosine/anna/23 is broken: reason", of trials that no table has
  std::string failure;               // why there is no evaluation; "" where there is one
};

// Judges the trials that are done, by `miafr evaluate` as a child process, unless that is done already with the same
// inputs, and writes into OUT: evaluation/, tables/ (CSV and LaTeX), report.html and manifest.json. Waits where another
// process is doing that. Throws Cancelled, and Error where pictures cannot be gathered.
Results judge_trials(const Experiment& experiment, const std::vector<Trial>& trials, const StageSettings& settings,
                     const Judges& judges, const std::vector<std::string>& changes, InputHashes& hashes);

}  // namespace miafr
