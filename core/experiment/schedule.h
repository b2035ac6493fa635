// Doing many cells, several at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "core/experiment/cell_run.h"

namespace miafr {

struct ScheduleSettings {
  StageSettings stages;
  int jobs = 1;
  bool redo = false;
};

struct CellOutcome {
  std::string cell;
  std::string failure;  // "" where it is done
  std::string log;      // to read on in; "" for none
};

// Does the cells that are not done, each on its own: one that fails leaves the others as they are. Says on the log what
// begins, ends, breaks, and how long the rest takes. The outcome of every cell, in their order. After Ctrl-C, children
// are told once, have all the time they need to save what they have, and Cancelled is thrown.
std::vector<CellOutcome> do_cells(const Experiment& experiment, const std::vector<Cell>& cells,
                                  const ScheduleSettings& settings, InputHashes& hashes);

// Of `jobs` processes at a time: its threads, so that they share the processors. Empty for one job, and where the
// environment says already how many.
std::map<std::string, std::string> shared_processors(int jobs);

}  // namespace miafr
