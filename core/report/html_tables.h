// Tables of report.html beside those of error rates. Each is "" where there is nothing to show.
#pragma once

#include <string>

#include "core/evaluation/evaluation.h"

namespace miafr {

// The first cells of a row: the method's name, or that of the group below it.
std::string row_head(const Evaluation& evaluation, const MethodResult& method, const CellResult& cell);

// Closed-set identification: gallery, probes, rates at rank 1 and 5.
std::string identification_table(const Evaluation& evaluation, const MatcherResult& matcher);

// FMR and FNMR of each group of persons at the headline target, and how far they lie apart.
std::string demographics_table(const Evaluation& evaluation, const MatcherResult& matcher);

// Failures to acquire and to enrol, picture by picture.
std::string acquisition_table(const Evaluation& evaluation);

}  // namespace miafr
