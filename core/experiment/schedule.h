// Doing many trials, several at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/experiment/trial_run.h"

namespace miafr {

struct ScheduleSettings {
  StageSettings stages;
  int jobs = 1;
  bool redo = false;
};

struct TrialOutcome {
  std::string trial;
  std::string failure;  // "" where it is done
  std::string log;      // to read on in; "" for none
};

// Does the trials that are not done, each on its own: one that fails leaves the others as they are. Says on the log
// what begins, ends, breaks, and how long the rest takes. The outcome of every trial, in their order. After Ctrl-C,
// children are told once, have all the time they need to save what they have, and Cancelled is thrown.
std::vector<TrialOutcome> do_trials(const Experiment& experiment, const std::vector<Trial>& trials,
                                    const ScheduleSettings& settings, InputHashes& hashes);

// The environment of each of `jobs` processes that run at a time, which limits its threads so that they share the
// processors. It is empty for one job, and where our own environment says already how many threads there are to be.
std::map<std::string, std::string> shared_processors(int jobs);

}  // namespace miafr
