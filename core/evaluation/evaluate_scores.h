// Computes every figure of the report from score tables.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/evaluation/evaluation.h"

namespace miafr {

// Every matcher has its own thresholds, and they come from impostor comparisons of real pictures (rows without a
// method, of all groups), applied unchanged to edited ones. Without real impostors a method's thresholds come from its
// own, and a warning says so. In a table where no row has a method (not even "original"), rows with a group are edited
// and rows without are real.
//
// Methods are compared with settings.baseline: unless that names one, the first edited method, or the real pictures
// where there is only one. Throws Error for a baseline that no matcher has, where no comparison at all has a score,
// where a loss was trained against every matcher (unless settings allow it), and for settings out of range; Cancelled
// after a signal.
//
// `facts`: of the matchers in `scores`, in that order; missing ones are made from the names.
Evaluation evaluate_scores(std::vector<MatcherScores> scores, const std::vector<MatcherFacts>& facts,
                           const EvaluationSettings& settings);

// The place of the method that others are compared with, among their names in their order (real pictures, "", first);
// nothing where there is no other, or none is called as wanted.
std::optional<std::size_t> baseline_place(const std::vector<std::string>& methods, const std::string& wanted);

// Throws Error where none of the persons has a group. No groups: they are not asked for.
void check_groups(const std::set<std::string>& persons, const std::map<std::string, std::string>& groups);

// Keeps what does not join and warns of it.
void add_unmatched(std::vector<UnmatchedNames> unmatched, Evaluation& evaluation);

// Throws Error where a loss was trained against all of the matchers, unless settings allow it.
void check_judges(const std::vector<MatcherFacts>& facts, const EvaluationSettings& settings);

}  // namespace miafr
