// What miafr evaluate is told.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/commands/command.h"
#include "core/report/evaluation.h"

namespace miafr {

// Where scores come from: a file of an earlier run, or of another program.
struct ScoresFile {
  std::filesystem::path path;
  std::optional<ScoreKind> kind;             // of matchers that `kinds` does not name
  std::map<std::string, ScoreKind> kinds;    // by matcher
  std::vector<std::string> trained_against;  // matchers that a loss used
};

struct EvaluateOptions {
  ScoresFile scores;
  // What is done with the scores, wherever they come from.
  EvaluationSettings settings;
  std::filesystem::path out;
  bool overwrite = false;
};

// Nothing when --help was given and printed. Throws UsageError.
std::optional<EvaluateOptions> read_evaluate_options(const Arguments& arguments);

}  // namespace miafr
