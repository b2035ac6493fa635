// Plots by gnuplot: what is drawn is data in files, and no text of a user becomes part of a command.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace miafr {

// Ink of axes and texts, and that of grids; a page may replace both, as it may the colours of series.
inline constexpr const char *kInk = "#222222", *kGridInk = "#dddddd";

// The colour of series i, distinct for colour-blind eyes (Okabe and Ito 2008); they repeat after kSeriesColours.
inline constexpr int kSeriesColours = 6;
const char* series_colour(std::size_t i);

// A name for a key or a tic: in one line and short, because gnuplot leaves out a key that is wider than the plot.
std::string plot_name(const std::string& text, std::size_t longest = 24);

// One plot of the report.
struct Plot {
  std::string name;     // of its files, without extension; [a-z0-9_-]
  std::string section;  // "det", "roc", "cmc", "histogram", "groups", "discard", "age", "trade", "map"
  std::string matcher;  // whose; empty: of none in particular
  std::string caption;  // what is seen, also for who cannot see it
  std::string svg;      // the file
};

// A script for one gnuplot process that draws all plots.
class PlotScript {
 public:
  // A table for the next commands, as a quoted file name. Rows of numbers after a row of column titles; cells may be
  // texts, which lose line breaks, tabs and double quotes. Names go through plot_name.
  std::string data(const std::vector<std::vector<std::string>>& rows);

  // Draws `commands` as one plot of that height (its width is kWidth).
  void add(Plot plot, int height, const std::string& commands);

  // Runs gnuplot and writes NAME.svg and NAME.png to `folder`. Returns the plots with their SVG. Throws Error where
  // gnuplot fails, Cancelled after a signal; returns nothing where it is not installed.
  std::vector<Plot> draw(const std::filesystem::path& folder) const;

  static constexpr int kWidth = 560;

 private:
  struct Drawing {
    Plot plot;
    int height;
    std::string commands;
  };
  std::vector<Drawing> drawings_;
  std::vector<std::string> tables_;
};

}  // namespace miafr
