// The plots of the report.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/evaluation/evaluation.h"
#include "core/report/plot_script.h"

namespace miafr {

// Adds the plots of every matcher: DET, ROC, CMC, score histograms, FNMR by group, error against discard.
void add_score_plots(const Evaluation& evaluation, PlotScript& script);

// Adds the plots for which pictures must be known: apparent age by label, identity against age shift, maps of
// embeddings.
void add_picture_plots(const Evaluation& evaluation, PlotScript& script);

// The number of a method's colour and point in every plot: the same method looks the same throughout. 0: real pictures.
std::size_t method_style(const Evaluation& evaluation, const std::string& method);
std::string line_style(std::size_t style);    // "lc rgb ... dt ..."
std::string point_style(std::size_t style);   // "lc rgb ... pt ..."
std::string hollow_style(std::size_t style);  // the same point, not filled

// A file name from a matcher's: [a-z0-9_-], and different for every matcher.
std::string file_word(const Evaluation& evaluation, std::size_t matcher);

// Draws all plots as SVG and PNG into `folder`. Nothing where gnuplot is not installed.
std::vector<Plot> draw_plots(const Evaluation& evaluation, const std::filesystem::path& folder);

}  // namespace miafr
