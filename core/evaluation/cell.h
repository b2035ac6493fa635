// The figures of one method and one group.
#pragma once

#include <vector>

#include "core/evaluation/evaluation.h"

namespace miafr {

// Figures of these comparisons, at thresholds that may come from others.
CellResult evaluate_cell(const ScoreTable& table, const std::vector<TargetPoint>& thresholds,
                         const EvaluationSettings& settings);

// Whether every comparison names its persons, so that an interval over persons can be given.
bool names_subjects(const ScoreTable& table);

// FNMR intervals at some FMRs, from a table with genuine comparisons and the impostors that thresholds come from. Empty
// where persons are not named, or settings want no intervals.
std::vector<BandPoint> fnmr_band(const ScoreTable& table, const EvaluationSettings& settings);

}  // namespace miafr
