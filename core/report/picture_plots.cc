#include <algorithm>
#include <cmath>
#include <map>

#include "core/metrics/quantile.h"
#include "core/report/plots.h"
#include "core/report/text.h"

namespace miafr {
namespace {

constexpr int kHeight = 400;
using Table = std::vector<std::vector<std::string>>;

std::string cell(double value) { return std::isfinite(value) ? shortest(value) : "NaN"; }

std::string plot_command(const std::vector<std::string>& parts) {
  std::string command = "plot ";
  for (std::size_t i = 0; i < parts.size(); ++i) command += (i > 0 ? ", \\\n     " : "") + parts[i];
  return command + "\n";
}

template <class List>
std::size_t place_in(List& list, const std::string& name) {
  const auto found = std::find(list.begin(), list.end(), name);
  if (found != list.end()) return static_cast<std::size_t>(found - list.begin());
  list.push_back(name);
  return list.size() - 1;
}

// Boxes from the lower to the upper quartile, whiskers from 5 to 95 %.
void add_age_plot(const Evaluation& evaluation, PlotScript& script) {
  std::vector<std::string> groups, methods;
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> ages;  // by group and method
  for (const ImageRecord& image : evaluation.images) {
    if (image.reference || !std::isfinite(image.apparent_age)) continue;
    const std::size_t g = place_in(groups, image.group.empty() ? kOriginal : image.group);
    ages[{g, place_in(methods, image.method)}].push_back(image.apparent_age);
  }
  if (ages.empty()) return;
  Table ticks = {{"x", "label"}};
  for (std::size_t g = 0; g < groups.size(); ++g) ticks.push_back({std::to_string(g), plot_name(groups[g], 16)});
  std::vector<std::string> parts = {script.data(ticks) + " using 1:(-100):xtic(2) skip 1 with dots notitle"};
  const double width = 0.7 / static_cast<double>(methods.size());
  for (std::size_t m = 0; m < methods.size(); ++m) {
    const double offset = 0.7 * ((static_cast<double>(m) + 0.5) / static_cast<double>(methods.size()) - 0.5);
    Table table = {{"x", plot_name(method_text(methods[m])), "q05", "q95", "q75", "median"}};
    for (auto& [key, values] : ages) {
      if (key.second != m) continue;
      std::sort(values.begin(), values.end());
      table.push_back({cell(static_cast<double>(key.first) + offset), cell(quantile(values, 0.25)),
                       cell(quantile(values, 0.05)), cell(quantile(values, 0.95)), cell(quantile(values, 0.75)),
                       cell(quantile(values, 0.5))});
    }
    const std::string data = script.data(table), style = line_style(method_style(evaluation, methods[m]));
    parts.push_back(data + " using 1:2:3:4:5:(" + cell(0.85 * width) +
                    ") with candlesticks whiskerbars 0.5 fs transparent solid 0.3 lw 1.2 " + style +
                    " title columnheader(2)");
    parts.push_back(data + " using 1:6:6:6:6:(" + cell(0.85 * width) + ") skip 1 with candlesticks lw 2 " + style +
                    " notitle");
  }
  script.add(
      {"ages", "age", "",
       "Apparent age by label: median, quartiles (box), 5 to 95 % (whiskers). An estimate by a network, not an age.",
       ""},
      kHeight,
      "set ylabel 'apparent age (years)'\nset yrange [0:*]\nset xrange [-0.5:" +
          cell(static_cast<double>(groups.size()) - 0.5) + "]\nset xtics rotate by " +
          (groups.size() > 4 ? "25 right" : "0") + "\n" + plot_command(parts));
}

// The mean genuine score of each probe.
std::map<std::string, double> identity_of_probes(const ScoreTable& table) {
  std::map<std::uint32_t, std::pair<double, std::int64_t>> sums;
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (!table.genuine(row) || table.failed(row) || table.probe(row) == 0) continue;
    auto& [sum, count] = sums[table.probe(row)];
    sum += table.score(row);
    ++count;
  }
  std::map<std::string, double> means;
  for (const auto& [probe, sum] : sums) means[table.names()[probe]] = sum.first / static_cast<double>(sum.second);
  return means;
}

void add_trade_off(const Evaluation& evaluation, std::size_t m, PlotScript& script) {
  const std::map<std::string, double> identity = identity_of_probes(evaluation.scores[m].table);
  std::vector<std::string> methods;
  std::vector<Table> tables;
  for (const ImageRecord& image : evaluation.images) {
    const double shift = image.apparent_age - image.reference_age;
    const auto score = identity.find(image.image);
    if (image.reference || !std::isfinite(shift) || score == identity.end()) continue;
    const std::size_t place = place_in(methods, image.method);
    if (place == tables.size()) tables.push_back({{"shift", plot_name(method_text(image.method))}});
    tables[place].push_back({cell(shift), cell(score->second)});
  }
  if (tables.empty()) return;
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < tables.size(); ++i)
    parts.push_back(script.data(tables[i]) + " using 1:2 with points ps 0.45 " +
                    point_style(method_style(evaluation, methods[i])) + " title columnheader(2)");
  const MatcherResult& matcher = evaluation.matchers[m];
  std::string threshold;
  if (!matcher.methods[0].cells[0].points.empty()) {
    const std::string y =
        cell(matcher.methods[0].cells[0].points[headline_index(evaluation)].threshold.point.threshold);
    threshold =
        "set arrow from graph 0, first " + y + " to graph 1, first " + y + " nohead dt 2 lc rgb '" + kInk + "'\n";
  }
  script.add({"trade-" + file_word(evaluation, m), "trade", matcher.facts.name,
              "Identity against age shift by " + matcher_text(matcher.facts) +
                  ": mean genuine score of each edited picture, and how much older it looks than the person\u2019s "
                  "real pictures. "
                  "Dashed: threshold at FMR " +
                  target_percent(evaluation.headline_target) + " %.",
              ""},
             kHeight,
             "set xlabel 'apparent age shift (years)'\nset ylabel '" +
                 std::string(matcher.kind == ScoreKind::kSimilarity ? "similarity" : "distance") +
                 "'\nset offsets 0,0,graph 0.12,0\n"
                 "" +
                 threshold + plot_command(parts));
}

std::string sample_text(const EmbeddingMap& map) {
  const auto shown = static_cast<std::int64_t>(map.points.size());
  if (map.faces <= shown) return "";
  return " Shown are " + with_commas(shown) + " of " + with_commas(map.faces) + " faces, as many of each person.";
}

void add_map(const Evaluation& evaluation, std::size_t i, PlotScript& script) {
  const EmbeddingMap& map = evaluation.maps[i];
  std::vector<std::string> methods;
  std::vector<Table> tables;
  for (const EmbeddingPoint& point : map.points) {
    const std::size_t place = place_in(methods, point.method);
    if (place == tables.size()) tables.push_back({{"x", plot_name(method_text(point.method))}});
    tables[place].push_back({cell(point.x), cell(point.y)});
  }
  if (tables.empty()) return;
  std::vector<std::string> parts;
  for (std::size_t t = 0; t < tables.size(); ++t)
    parts.push_back(script.data(tables[t]) + " using 1:2 with points ps 0.7 " +
                    point_style(method_style(evaluation, methods[t])) + " title columnheader(2)");
  script.add(
      {"map-" + std::to_string(i + 1), "map", map.matcher,
       map.technique + " of the embeddings of " + (map.matcher.empty() ? "the matcher" : map.matcher) +
           ". Near points look alike to the matcher; distances far apart mean little." + sample_text(map),
       ""},
      kHeight,
      "unset xtics\nunset ytics\nunset grid\nset border 15\nset offsets graph 0.05,graph 0.05,graph 0.15,graph 0.05\n"
      "" + plot_command(parts));
}

}  // namespace

void add_picture_plots(const Evaluation& evaluation, PlotScript& script) {
  add_age_plot(evaluation, script);
  for (std::size_t m = 0; m < evaluation.matchers.size(); ++m) add_trade_off(evaluation, m, script);
  for (std::size_t i = 0; i < evaluation.maps.size(); ++i) add_map(evaluation, i, script);
}

}  // namespace miafr
