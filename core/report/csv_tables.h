// The figures as tables for spreadsheets and statistics programs. Rates are 0..1; empty: not computable.
#pragma once

#include <string>

#include "core/evaluation/evaluation.h"

namespace miafr {

// A row a figure: matcher,method,group,reference_seen,metric,target_fmr,value,low,high,n. Intervals are those over
// subjects, else Wilson's; n is the number of trials.
std::string summary_csv(const Evaluation& evaluation);

// A row for each matcher, method, group and target: threshold, error counts, rates, both intervals.
std::string operating_points_csv(const Evaluation& evaluation);

// The DET curves as plotted, a point a row: threshold,fmr,fnmr,false_matches,impostor,false_non_matches,genuine. FMR is
// that of the impostors that thresholds come from.
std::string det_csv(const Evaluation& evaluation);

// Paired changes against the baseline, FNMR and GFRR.
std::string changes_csv(const Evaluation& evaluation);

// The error rates of each group of persons, at the thresholds of all.
std::string demographics_csv(const Evaluation& evaluation);

// The CMC curves, a rank a row: matcher,method,group,rank,found,probes,rate.
std::string cmc_csv(const Evaluation& evaluation);

// Every comparison without a score, and every picture without a template where pictures are known.
std::string failures_csv(const Evaluation& evaluation);

// Every picture where pictures are known: what it is, whether there is a face, how sure the detector is, apparent age,
// and its qualities.
std::string images_csv(const Evaluation& evaluation);

// The 2-D coordinates of embeddings.
std::string embeddings_csv(const Evaluation& evaluation);

}  // namespace miafr
