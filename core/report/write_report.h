// The output folder of an evaluation.
#pragma once

#include <filesystem>

#include "core/evaluation/evaluation.h"

namespace miafr {

// Throws Error, before hours of work, where `folder` cannot be made or has something in it; with `overwrite` only where
// what is in it is not an evaluation.
void check_report_folder(const std::filesystem::path& folder, bool overwrite);

// Writes results.json, scores.csv, summary.csv, operating_points.csv, det.csv, changes.csv, failures.csv, table.tex,
// report.html, plots/*.svg and *.png, and embeddings.csv where there are coordinates. They are made in a folder beside
// it and appear together at the end; an evaluation that is overwritten goes then, other files stay. Without gnuplot a
// warning says that there are no plots. Throws Error, Cancelled.
void write_report(const Evaluation& evaluation, const std::filesystem::path& folder, bool overwrite);

}  // namespace miafr
