// From score tables to every figure of the report.
#pragma once

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

// Throws Error where a loss was trained against all of the matchers, unless settings allow it.
void check_judges(const std::vector<MatcherFacts>& facts, const EvaluationSettings& settings);

}  // namespace miafr
