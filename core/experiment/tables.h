// An experiment's results as tables: how much identity is kept by method and label, and what it took.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "core/experiment/trial.h"
#include "core/experiment/trial_run.h"

namespace miafr {

constexpr double kNotKnown = std::numeric_limits<double>::quiet_NaN();

struct RateAtTarget {
  double target = 0;                                           // FMR
  double fnmr = kNotKnown, low = kNotKnown, high = kNotKnown;  // 95 % interval, over persons where there is one
  std::int64_t errors = 0, trials = 0;
  bool resolvable = true;  // whether there are enough impostors for that FMR
};

// One matcher, one method (or "original", "vae_round_trip"), one label ("all" for all of them).
struct IdentityRow {
  std::string matcher, method, label;
  bool trained_against = false;
  std::int64_t subjects = 0, genuine = 0, failed = 0;
  std::vector<RateAtTarget> rates;
  double mean_score = kNotKnown;            // of genuine comparisons
  double apparent_age = kNotKnown;          // years, mean of the pictures
  std::int64_t in_range = 0, with_age = 0;  // pictures whose apparent age is of the years that the label means
};

// Reads the rows from what `miafr evaluate` wrote. Throws Error where it is not that.
std::vector<IdentityRow> identity_rows(const Experiment& experiment, const std::filesystem::path& evaluation);

struct CostRow {
  std::string method;
  std::int64_t done = 0, trials = 0;
  double train_seconds = kNotKnown, step_seconds = kNotKnown, picture_seconds = kNotKnown;  // means of finished trials
  double peak_memory = kNotKnown;                                                           // bytes, of the largest
  double model_bytes = kNotKnown;
};
std::vector<CostRow> cost_rows(const Experiment& experiment, const std::vector<Trial>& trials,
                               const std::vector<TrialStatus>& statuses);

// Numbers as they are; a rate is 0..1; empty where not known.
std::string identity_csv(const std::vector<IdentityRow>& rows);
std::string cost_csv(const std::vector<CostRow>& rows);

// A table as people read it.
struct ShownTable {
  std::string title, note;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::size_t first_number = 1;  // columns from here on stand to the right
};
ShownTable identity_table(const std::vector<IdentityRow>& rows);
ShownTable cost_table(const std::vector<CostRow>& rows);

// A tabular to be \input, with booktabs.
std::string to_tex(const ShownTable& table);

}  // namespace miafr
