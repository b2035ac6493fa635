// What the judge said of single pictures, and what trainings were like, from the files that the experiment left.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/experiment/trial.h"

namespace miafr::demo {

// Of one picture, or of several together: comparisons with the person's other photos, at the threshold of one FMR.
struct Verdict {
  std::int64_t accepted = 0, comparisons = 0, failed = 0;  // failed: no face, no score
  double age = 0;                                          // apparent, sum
  std::int64_t ages = 0;

  void add(const Verdict& other);
};

// By the pictures' names in evaluation/images.csv: "cosine/alex/23/samples/00003.png".
using Verdicts = std::map<std::string, Verdict>;

// Of the first matcher. target: the FMR, one of those that were evaluated. Throws Error.
Verdicts read_verdicts(const std::filesystem::path& evaluation, double target);

// How much the FNMR of a method is above the baseline's, on the same persons: share, with the 95 % interval of a
// bootstrap over persons; NaN where there is none.
struct Change {
  double difference, low, high;

  bool has_interval() const { return low < high; }  // one person alone has none
};

// Of the first matcher and all labels together, by method. Throws Error.
std::map<std::string, Change> read_changes(const std::filesystem::path& evaluation, double target);

// Columns of a training's metrics.csv by name; NaN where a step has no value.
using Metrics = std::map<std::string, std::vector<double>>;
Metrics read_metrics(const TrialFolder& trial);

}  // namespace miafr::demo
