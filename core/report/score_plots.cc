#include <algorithm>
#include <cmath>

#include "core/report/plots.h"
#include "core/report/text.h"

namespace miafr {
namespace {

constexpr int kHeight = 400;
using Table = std::vector<std::vector<std::string>>;

std::string cell(double value) { return std::isfinite(value) ? shortest(value) : "NaN"; }
std::string in_percent(double rate) { return cell(100 * rate); }

// "plot a, b, c" from its parts.
std::string plot_command(const std::vector<std::string>& parts) {
  std::string command = "plot ";
  for (std::size_t i = 0; i < parts.size(); ++i) command += (i > 0 ? ", \\\n     " : "") + parts[i];
  return command + "\n";
}

// The power of ten at or below the rate, in percent.
double decade_below(double rate) { return 100 * std::pow(10, std::floor(std::log10(rate) + 1e-9)); }

// 1/n of the longest lists: below that nothing can be seen.
struct Resolution {
  double fmr = 1, fnmr = 1;
};
Resolution resolution_of(const MatcherResult& matcher) {
  Resolution resolution;
  for (const MethodResult& method : matcher.methods) {
    if (method.curve.impostor > 0)
      resolution.fmr = std::min(resolution.fmr, 1 / static_cast<double>(method.curve.impostor));
    if (method.curve.genuine > 0)
      resolution.fnmr = std::min(resolution.fnmr, 1 / static_cast<double>(method.curve.genuine));
  }
  return resolution;
}

// Axes and curves of DET and ROC; of ROC where `hits`: then 1 - FNMR, on a plain axis.
class CurvePlot {
 public:
  CurvePlot(const Evaluation& evaluation, const MatcherResult& matcher, bool hits, PlotScript& script)
      : evaluation_(evaluation), matcher_(matcher), hits_(hits), script_(script), resolution_(resolution_of(matcher)) {
    lowest_fnmr_ = std::min(decade_below(resolution_.fnmr), 1.0);
    lowest_fmr_ = std::min(decade_below(resolution_.fmr), 1.0);
  }

  bool empty() const {
    return std::all_of(matcher_.methods.begin(), matcher_.methods.end(), [](const MethodResult& method) {
      return method.curve.genuine == 0 || method.curve.points.empty();
    });
  }

  std::string commands() {
    std::vector<std::string> parts;
    for (const MethodResult& method : matcher_.methods) add_band(method, parts);
    for (const MethodResult& method : matcher_.methods) add_curve(method, parts);
    for (const MethodResult& method : matcher_.methods) add_operating_points(method, parts);
    return axes() + plot_command(parts);
  }

 private:
  std::string axes() const {
    std::string text =
        "set logscale x\nset format x '%g'\nset xlabel 'FMR (%)'\nset xrange [" + cell(lowest_fmr_) + ":100]\n";
    const std::string edge = cell(100 * resolution_.fmr);
    if (hits_)
      text += "set ylabel '1 - FNMR (%)'\nset yrange [*:100]\n";
    else
      text += "set logscale y\nset format y '%g'\nset ylabel 'FNMR (%)'\nset yrange [" + cell(lowest_fnmr_) +
              ":100]\nset arrow from graph 0, first " + cell(100 * resolution_.fnmr) + " to graph 1, first " +
              cell(100 * resolution_.fnmr) + " nohead dt 3 lc rgb '" + kInk + "'\n";
    return text + "set arrow from first " + edge + ", graph 0 to first " + edge + ", graph 1 nohead dt 3 lc rgb '" +
           kInk + "'\n";
  }

  // A rate of 0 lies at the end of its logarithmic axis.
  std::string x_of(double fmr) const { return cell(std::max(100 * fmr, lowest_fmr_)); }
  std::string y_of(double fnmr) const {
    return hits_ ? in_percent(1 - fnmr) : cell(std::max(100 * fnmr, lowest_fnmr_));
  }

  void add_band(const MethodResult& method, std::vector<std::string>& parts) {
    if (method.band.empty()) return;
    Table table = {{"fmr", "low", "high"}};
    for (const BandPoint& point : method.band) {
      if (std::isnan(point.fnmr.low)) continue;
      table.push_back({x_of(point.fmr), y_of(point.fnmr.low), y_of(point.fnmr.high)});
    }
    if (table.size() < 3) return;
    parts.push_back(script_.data(table) + " using 1:2:3 skip 1 with filledcurves fs transparent solid 0.13 noborder " +
                    line_style(style(method)) + " notitle");
  }

  void add_curve(const MethodResult& method, std::vector<std::string>& parts) {
    if (method.curve.genuine == 0) return;
    Table table = {{"fmr", plot_name(method_text(method.method))}};
    for (const auto& [fmr, fnmr] : drawn_points(method.curve)) table.push_back({x_of(fmr), y_of(fnmr)});
    parts.push_back(script_.data(table) + " using 1:2 with lines lw 1.8 " + line_style(style(method)) +
                    " title columnheader(2)");
  }

  // From the last point without a false match, as a step to the first one with it, to the first without a false
  // non-match: beyond these, the curve lies on an axis.
  static std::vector<std::pair<double, double>> drawn_points(const ErrorCurve& curve) {
    std::vector<std::pair<double, double>> points;
    for (const CurvePoint& point : curve.points) {
      const double fmr = curve.fmr(point), fnmr = curve.fnmr(point);
      if (fmr == 0) points.clear();
      const bool corner = !points.empty() && (points.back().first == 0 || fnmr == 0);
      if (corner) points.emplace_back(fmr, points.back().second);
      points.emplace_back(fmr, fnmr);
      if (fmr > 0 && fnmr == 0) break;
    }
    return points;
  }

  void add_operating_points(const MethodResult& method, std::vector<std::string>& parts) {
    Table table = {{"fmr", "fnmr"}};
    for (const OperatingResult& at : method.cells[0].points) {
      const double fmr = at.threshold.point.fmr.value(), fnmr = at.point.fnmr.value();
      if (std::isfinite(fnmr)) table.push_back({x_of(fmr), y_of(fnmr)});
    }
    if (table.size() < 2) return;
    parts.push_back(script_.data(table) + " using 1:2 skip 1 with points ps 0.7 " + point_style(style(method)) +
                    " notitle");
  }

  std::size_t style(const MethodResult& method) const { return method_style(evaluation_, method.method); }

  const Evaluation& evaluation_;
  const MatcherResult& matcher_;
  const bool hits_;
  PlotScript& script_;
  const Resolution resolution_;
  double lowest_fmr_ = 0, lowest_fnmr_ = 0;  // where the axes end, in percent
};

void add_curves(const Evaluation& evaluation, std::size_t m, PlotScript& script) {
  const MatcherResult& matcher = evaluation.matchers[m];
  const std::string name = matcher_text(matcher.facts), word = file_word(evaluation, m);
  CurvePlot det(evaluation, matcher, false, script), roc(evaluation, matcher, true, script);
  if (det.empty()) return;
  const std::string band = matcher.methods[0].band.empty() ? "" : " Bands: 95 %, bootstrap over subjects.";
  script.add({"det-" + word, "det", matcher.facts.name,
              "DET of " + name + ": FNMR against FMR. Points: thresholds of the targets." + band +
                  " Dotted: one error of the longest list. A curve that goes on below or left of it had no error "
                  "there; how small the rate is cannot be told.",
              ""},
             kHeight, det.commands());
  script.add(
      {"roc-" + word, "roc", matcher.facts.name, "ROC of " + name + ": genuine pairs accepted against FMR." + band, ""},
      kHeight, roc.commands());
}

// One panel a method: genuine and impostor scores, the thresholds, and above them what it is.
std::string histogram_panel(const Evaluation& evaluation, const MatcherResult& matcher, std::size_t m, double top,
                            PlotScript& script) {
  const MethodResult& method = matcher.methods[m];
  const CellResult& all = method.cells[0];
  const Histograms& histograms = matcher.histograms;
  const auto share = [](std::int64_t count, std::int64_t of) {
    return cell(of > 0 ? 100 * static_cast<double>(count) / static_cast<double>(of) : 0);
  };
  Table table = {{"score", "genuine", "impostor"}};
  for (std::size_t bin = 0; bin + 1 < histograms.edges.size(); ++bin)
    table.push_back({cell(histograms.edges[bin]), share(histograms.counts[2 * m][bin], all.genuine),
                     share(histograms.counts[2 * m + 1][bin], all.impostor)});
  table.push_back({cell(histograms.edges.back()), "0", "0"});
  const double width = histograms.edges.back() - histograms.edges.front();
  const Table name = {{"x", "y", "text"},
                      {cell(histograms.edges.front() + 0.015 * width), cell(top),
                       plot_name(method_text(method.method)) + ": " + with_commas(all.genuine) + " genuine, " +
                           with_commas(all.impostor) + " impostor"}};
  std::string lines = "unset arrow\n";
  for (const OperatingResult& at : all.points) {
    if (!std::isfinite(at.threshold.point.threshold)) continue;
    const std::string x = cell(at.threshold.point.threshold);
    const bool headline = at.target == evaluation.headline_target;
    lines += "set arrow from first " + x + ", graph 0 to first " + x + ", graph 0.77 nohead lw " +
             (headline ? "1.6" : "0.8") + " dt " + (headline ? "1" : "2") + " lc rgb '" + kInk + "'\n";
  }
  const std::size_t style = method_style(evaluation, method.method);
  const std::string colour = style == 0 ? kInk : series_colour(style - 1), data = script.data(table);
  return lines +
         plot_command({data + " using 1:3 skip 1 with fillsteps fs transparent solid 0.35 lc rgb '#888888'",
                       data + " using 1:2 skip 1 with fillsteps fs transparent solid 0.35 lc rgb '" + colour + "'",
                       data + " using 1:2 skip 1 with steps lw 1.4 lc rgb '" + colour + "'",
                       script.data(name) + " using 1:2:3 skip 1 with labels left textcolor rgb '" + kInk + "'"});
}

// The highest bin of all panels, in percent, rounded up to what halves well.
double highest_share(const MatcherResult& matcher) {
  double highest = 0;
  for (std::size_t list = 0; list < matcher.histograms.counts.size(); ++list) {
    const CellResult& all = matcher.methods[list / 2].cells[0];
    const std::int64_t of = list % 2 == 0 ? all.genuine : all.impostor;
    for (const std::int64_t count : matcher.histograms.counts[list])
      if (of > 0) highest = std::max(highest, 100 * static_cast<double>(count) / static_cast<double>(of));
  }
  for (const double top : {2.0, 4.0, 6.0, 10.0, 16.0, 20.0, 30.0, 40.0, 60.0, 80.0})
    if (highest <= top) return top;
  return 100;
}

void add_histograms(const Evaluation& evaluation, std::size_t m, PlotScript& script) {
  const MatcherResult& matcher = evaluation.matchers[m];
  const std::size_t panels = matcher.methods.size();
  constexpr int kPanel = 115, kGap = 8, kBelow = 58;  // pixels
  const int height = static_cast<int>(panels) * kPanel + kBelow;
  const double highest = highest_share(matcher);
  const auto screen = [height](double pixels) { return "screen " + cell(pixels / height); };
  std::string commands =
      "set multiplot\nset lmargin 7\nset rmargin 2\nunset key\nset ylabel '%'\nset yrange [0:" + cell(1.4 * highest) +
      "]\nset ytics 0," + cell(highest / 2) + "," + cell(highest) + "\nset format x ''\nset xrange [" +
      cell(matcher.histograms.edges.front()) + ":" + cell(matcher.histograms.edges.back()) + "]\n";
  for (std::size_t i = 0; i < panels; ++i) {
    const int bottom = kBelow + static_cast<int>(panels - 1 - i) * kPanel;
    commands += "set tmargin at " + screen(bottom + kPanel - kGap) + "\nset bmargin at " + screen(bottom) + "\n";
    if (i + 1 == panels) commands += "set format x '%g'\nset xlabel 'score' offset 0,0.5\n";
    commands += histogram_panel(evaluation, matcher, i, 1.2 * highest, script);
  }
  script.add({"scores-" + file_word(evaluation, m), "histogram", matcher.facts.name,
              "Scores of " + matcher_text(matcher.facts) +
                  ", in percent of each list; grey: impostors. Vertical lines: thresholds, solid at FMR " +
                  target_percent(evaluation.headline_target) + " %.",
              ""},
             height, commands + "unset multiplot\n");
}

// The groups of all methods, each once, in the order of their first row.
std::vector<std::string> groups_of(const MatcherResult& matcher) {
  std::vector<std::string> groups;
  for (const MethodResult& method : matcher.methods)
    for (const CellResult& cell : method.cells)
      if (!cell.group.empty() && std::find(groups.begin(), groups.end(), cell.group) == groups.end())
        groups.push_back(cell.group);
  return groups;
}

void add_group_plot(const Evaluation& evaluation, std::size_t m, PlotScript& script) {
  const MatcherResult& matcher = evaluation.matchers[m];
  const std::vector<std::string> groups = groups_of(matcher);
  const std::size_t headline = headline_index(evaluation);
  std::vector<const MethodResult*> drawn;
  std::string reference;
  for (const MethodResult& method : matcher.methods) {
    if (method.cells[0].points.empty()) continue;
    if (method.cells.size() > 1) drawn.push_back(&method);
    const double rate = method.cells[0].points[headline].point.fnmr.value();
    if (method.method.empty() && std::isfinite(rate))
      reference = "set arrow from graph 0, first " + in_percent(rate) + " to graph 1, first " + in_percent(rate) +
                  " nohead dt 2 lc rgb '" + kInk + "'\n";
  }
  if (groups.empty() || drawn.empty()) return;

  Table ticks = {{"x", "label"}};
  for (std::size_t g = 0; g < groups.size(); ++g) ticks.push_back({std::to_string(g), plot_name(groups[g], 16)});
  std::vector<std::string> parts = {script.data(ticks) + " using 1:(-100):xtic(2) skip 1 with dots notitle"};
  for (std::size_t d = 0; d < drawn.size(); ++d) {
    const double offset = 0.6 * ((static_cast<double>(d) + 0.5) / static_cast<double>(drawn.size()) - 0.5);
    const double beside = 0.2 / static_cast<double>(drawn.size());
    Table table = {{"x", plot_name(method_text(drawn[d]->method)), "low", "high"}}, with_failures = {{"x", "gfrr"}};
    for (const CellResult& of : drawn[d]->cells) {
      if (of.group.empty()) continue;
      const OperatingResult& at = of.points[headline];
      const auto g = std::find(groups.begin(), groups.end(), of.group) - groups.begin();
      if (at.point.gfrr.trials > 0)
        with_failures.push_back({cell(static_cast<double>(g) + offset + beside), in_percent(at.point.gfrr.value())});
      if (at.point.fnmr.trials == 0) continue;
      const Interval interval = best_interval(at.point.fnmr, at.fnmr_interval);
      table.push_back({cell(static_cast<double>(g) + offset), in_percent(at.point.fnmr.value()),
                       in_percent(interval.low), in_percent(interval.high)});
    }
    parts.push_back(script.data(table) + " using 1:2:3:4 with yerrorbars lw 1.6 ps 0.9 " +
                    point_style(method_style(evaluation, drawn[d]->method)) + " title columnheader(2)");
    if (with_failures.size() > 1)
      parts.push_back(script.data(with_failures) + " using 1:2 skip 1 with points ps 0.9 lw 1.2 " +
                      hollow_style(method_style(evaluation, drawn[d]->method)) + " notitle");
  }
  script.add(
      {"groups-" + file_word(evaluation, m), "groups", matcher.facts.name,
       "FNMR of " + matcher_text(matcher.facts) + " by group at FMR " + target_percent(evaluation.headline_target) +
           " %, with 95 % intervals. Hollow: GFRR, which counts failures as rejected." +
           (reference.empty() ? "" : " Dashed: real pictures."),
       ""},
      kHeight,
      "set ylabel 'FNMR, GFRR (%)'\nset yrange [0:*<100]\nset xrange [-0.5:" +
          cell(static_cast<double>(groups.size()) - 0.5) + "]\nset xtics rotate by " +
          (groups.size() > 4 ? "25 right" : "0") + "\n" + reference + plot_command(parts));
}

// Of the identification rate, all groups of each method together.
void add_cmc_plot(const Evaluation& evaluation, std::size_t m, PlotScript& script) {
  constexpr std::int64_t kRanks = 20;
  const MatcherResult& matcher = evaluation.matchers[m];
  std::vector<std::string> parts;
  std::int64_t ranks = 0;
  for (const MethodResult& method : matcher.methods) {
    if (!method.cells[0].identification) continue;
    const CumulativeMatches& matches = *method.cells[0].identification;
    Table table = {{"rank", plot_name(method_text(method.method))}};
    for (std::int64_t rank = 1; rank <= std::min(matches.gallery, kRanks); ++rank)
      table.push_back({std::to_string(rank), in_percent(matches.at_rank(rank).value())});
    ranks = std::max(ranks, std::min(matches.gallery, kRanks));
    const std::size_t style = method_style(evaluation, method.method);
    parts.push_back(script.data(table) + " using 1:2 with lines lw 1.8 " + line_style(style) +
                    " title columnheader(2)");
    parts.push_back(script.data(table) + " using 1:2 skip 1 with points ps 0.6 " + point_style(style) + " notitle");
  }
  if (parts.empty()) return;
  script.add({"cmc-" + file_word(evaluation, m), "cmc", matcher.facts.name,
              "CMC of " + matcher_text(matcher.facts) +
                  ": how often the right person is among the first candidates of a closed gallery.",
              ""},
             kHeight,
             "set xlabel 'rank'\nset ylabel 'identified (%)'\nset xrange [0.8:" +
                 cell(static_cast<double>(ranks) + 0.2) + "]\nset yrange [*:100]\n" + plot_command(parts));
}

void add_discard_plot(const Evaluation& evaluation, std::size_t m, PlotScript& script) {
  const MatcherResult& matcher = evaluation.matchers[m];
  std::vector<std::string> parts;
  for (const MethodResult& method : matcher.methods) {
    if (method.discard.empty()) continue;
    Table table = {{"discarded", plot_name(method_text(method.method))}};
    for (const DiscardPoint& point : method.discard)
      table.push_back({in_percent(point.discarded.value()), in_percent(point.errors.value())});
    parts.push_back(script.data(table) + " using 1:2 with steps lw 1.8 " +
                    line_style(method_style(evaluation, method.method)) + " title columnheader(2)");
  }
  if (parts.empty()) return;
  script.add({"discard-" + file_word(evaluation, m), "discard", matcher.facts.name,
              "Error against discard of " + matcher_text(matcher.facts) +
                  ": GFRR while the genuine pairs of the worst quality are dropped, at the threshold of FMR " +
                  target_percent(evaluation.headline_target) + " %.",
              ""},
             kHeight,
             "set xlabel 'pairs discarded (%)'\nset ylabel 'GFRR (%)'\nset xrange [0:60]\nset yrange [0:*]\n" +
                 plot_command(parts));
}

}  // namespace

void add_score_plots(const Evaluation& evaluation, PlotScript& script) {
  for (std::size_t m = 0; m < evaluation.matchers.size(); ++m) {
    add_curves(evaluation, m, script);
    add_cmc_plot(evaluation, m, script);
    add_group_plot(evaluation, m, script);
    add_histograms(evaluation, m, script);
    add_discard_plot(evaluation, m, script);
  }
}

}  // namespace miafr
