#include "core/report/html_tables.h"

#include <algorithm>
#include <cmath>

#include "core/evaluation/demographic_groups.h"
#include "core/report/html_text.h"
#include "core/report/text.h"

namespace miafr {
namespace {

std::string soft_range(const Rate& rate, const std::optional<BootstrapInterval>& subjects) {
  if (rate.trials == 0) return "";
  return " <span class=\"soft\">[" + percent_range(best_interval(rate, subjects)) + "]</span>";
}

std::string counted(const Rate& rate, const std::optional<BootstrapInterval>& subjects) {
  return rate_text(rate) + soft_range(rate, subjects) + "<span class=\"sub\">" + count_text(rate) + "</span>";
}

// Successes: no dagger, and the count of those.
std::string identified(const Rate& rate, const std::optional<BootstrapInterval>& subjects) {
  return percent(rate.value()) + soft_range(rate, subjects) + "<span class=\"sub\">" + count_text(rate) + "</span>";
}

std::string table(const std::string& head, const std::string& rows, const std::string& note) {
  return "<div class=\"scroll\"><table><thead><tr>" + head + "</tr></thead><tbody>" + rows +
         "</tbody></table></div>\n<p class=\"note\">" + note + "</p>\n";
}

// "3.1 times", and below it "old / young; 1.8 times the mean".
std::string differential_cell(const MethodResult& method, std::size_t target, RateKind kind) {
  const Differential apart = differential(method.demographics, target, kind);
  if (apart.highest.empty()) return "<td>n/a</td>";
  if (std::isnan(apart.ratio))
    return "<td>n/a<span class=\"sub\">no error: " + escape_html(apart.lowest) + "</span></td>";
  return "<td>" + significant(apart.ratio, 3) + " times<span class=\"sub\">" + escape_html(apart.highest) + " / " +
         escape_html(apart.lowest) + "; " + significant(apart.to_mean, 3) + " times the mean</span></td>";
}

std::string demographic_row(const CellResult& cell, std::size_t target) {
  const OperatingResult& at = cell.points[target];
  return "<tr class=\"group\"><th class=\"text\">" + escape_html(cell.group) + "</th><td>" +
         with_commas(cell.subjects) + "</td><td>" + counted(at.point.fnmr, at.fnmr_interval) + "</td><td>" +
         counted(at.point.gfrr, at.gfrr_interval) + "</td><td>" + counted(at.point.fmr, at.fmr_interval) + "</td></tr>";
}

std::string reasons_of(const std::map<std::string, std::int64_t>& counts) {
  std::string text;
  for (const auto& [reason, count] : counts)
    text += (text.empty() ? "" : ", ") + escape_html(reason) + " " + with_commas(count);
  return text;
}

}  // namespace

std::string row_head(const Evaluation& evaluation, const MethodResult& method, const CellResult& cell) {
  const bool whole = cell.group.empty() && !cell.reference_seen;
  return std::string("<tr class=\"") + (whole ? "total" : "group") + "\"><th class=\"text\">" +
         (whole ? method_chip(evaluation, method.method) + escape_html(method_text(method.method))
                : escape_html(group_text(cell))) +
         "</th>";
}

std::string identification_table(const Evaluation& evaluation, const MatcherResult& matcher) {
  std::string rows;
  for (const MethodResult& method : matcher.methods)
    for (const CellResult& cell : method.cells) {
      if (!cell.identification) continue;
      const CumulativeMatches& matches = *cell.identification;
      rows += row_head(evaluation, method, cell) + "<td>" + with_commas(matches.gallery) + "</td><td>" +
              with_commas(matches.probes) + "</td><td>" + with_commas(matches.failed) + "</td><td>" +
              identified(matches.at_rank(1), cell.rank_one_interval) + "</td><td>" +
              (matches.gallery > 5 ? percent(matches.at_rank(5).value()) : "n/a") + "</td></tr>";
    }
  if (rows.empty()) return "";
  return "<h3>Closed-set identification</h3>\n" +
         table(
             "<th class=\"text\">Method, group</th><th>gallery, persons</th><th>probes</th><th>failed</th><th>rank 1, "
             "%</th><th>rank 5, %</th>",
             rows,
             "How often the right person is the first of the gallery, and among the first five; [95 % interval over "
             "persons] found/probes. A probe without a score was missed; equal scores count against the right person. "
             "Rates fall as a gallery grows, so compare rows of equal galleries only. All ranks: cmc.csv.");
}

std::string demographics_table(const Evaluation& evaluation, const MatcherResult& matcher) {
  const std::size_t target = headline_index(evaluation);
  std::string rows;
  for (const MethodResult& method : matcher.methods) {
    if (method.demographics.empty() || method.source == ThresholdSource::kNone) continue;
    rows += row_head(evaluation, method, method.cells[0]) + "<td>highest / lowest</td>" +
            differential_cell(method, target, RateKind::kFnmr) + "<td></td>" +
            differential_cell(method, target, RateKind::kFmr) + "</tr>";
    for (const CellResult& cell : method.demographics) rows += demographic_row(cell, target);
  }
  if (rows.empty()) return "";
  return "<h3>Demographic groups</h3>\n" +
         table(
             "<th class=\"text\">Method, group</th><th>persons</th><th>FNMR, %</th><th>GFRR, %</th><th>FMR within "
             "group, %</th>",
             rows,
             "At the one threshold of all persons for FMR " + target_percent(evaluation.headline_target) +
                 " %. FMR is of impostors of the same group. Rows of methods: the ratio of the highest to the lowest "
                 "group\u2019s rate, and of the highest to the geometric mean of all (differential performance, after "
                 "ISO/IEC 19795-10); n/a where a group has no error. Whether groups differ is for the intervals to "
                 "say: \u2020 fewer than 30 errors. Other targets: demographics.csv.");
}

std::string acquisition_table(const Evaluation& evaluation) {
  std::string rows;
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells) {
        if (!cell.acquisition) continue;
        const AcquisitionCounts& counts = *cell.acquisition;
        rows += row_head(evaluation, method, cell) + "<td class=\"text\">" + escape_html(matcher_text(matcher.facts)) +
                "</td><td>" + counted(counts.fta, std::nullopt) + "</td><td class=\"text wrap\">" +
                reasons_of(counts.probe_failures) + "</td><td>" +
                (counts.fte.trials > 0 ? counted(counts.fte, std::nullopt) : "n/a") + "</td></tr>";
      }
  if (rows.empty()) return "";
  return "<h3>Pictures without a template</h3>\n" +
         table(
             "<th class=\"text\">Method, group</th><th class=\"text\">Matcher</th><th>FTA, %</th><th "
             "class=\"text\">reasons</th><th>FTE, %</th>",
             rows,
             "Failure to acquire: pictures from which the matcher got no template, of all; failure to enrol: persons "
             "without any reference that gave one. [Wilson 95 %] failures/all. Every picture is in images.csv.");
}

}  // namespace miafr
