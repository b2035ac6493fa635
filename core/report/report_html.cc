#include "core/report/report_html.h"

#include <algorithm>
#include <cmath>

#include "core/report/html_tables.h"
#include "core/report/html_text.h"
#include "core/report/plots.h"
#include "core/report/report_style.h"
#include "core/report/text.h"
#include "core/version.h"

namespace miafr {
namespace {

// Builds the page section by section; each one returns "" where it has nothing to show.
class Page {
 public:
  Page(const Evaluation& evaluation, const std::vector<Plot>& plots)
      : evaluation_(evaluation), plots_(plots), headline_(headline_index(evaluation)) {}

  std::string html() const {
    const std::string title = escape_html(evaluation_.settings.title);
    std::string body = "<header>\n<h1>" + title + "</h1>\n" + lead() + navigation() + "</header>\n<main>\n" +
                       warnings() + headline_table();
    for (std::size_t m = 0; m < evaluation_.matchers.size(); ++m) body += matcher_section(m);
    body += pictures_section() + failures_section() + rules_section() + provenance_section();
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
           "content=\"width=device-width, initial-scale=1\">\n<title>" +
           title + "</title>\n<style>" + kReportStyle + "</style>\n</head>\n<body>\n" + body +
           "</main>\n<footer>miafr " + kVersion + "</footer>\n</body>\n</html>\n";
  }

 private:
  // The comparisons counted, and what the first table shows.
  std::string lead() const {
    std::int64_t comparisons = 0, failed = 0, subjects = 0;
    for (const MatcherResult& matcher : evaluation_.matchers)
      for (const MethodResult& method : matcher.methods) {
        const CellResult& all = method.cells[0];
        comparisons += all.genuine + all.impostor;
        failed += all.failed_genuine + all.failed_impostor;
        subjects = std::max(subjects, all.subjects);
      }
    return "<p class=\"soft\">" + plural(static_cast<std::int64_t>(evaluation_.matchers.size()), "matcher") + ", " +
           plural(comparisons, "comparison") + " with a score, " + with_commas(failed) + " without one, " +
           (subjects > 0 ? plural(subjects, "person") : "persons not named") + ".</p>\n";
  }

  std::string navigation() const {
    std::string links = "<nav><a href=\"#headline\">Headline</a>";
    for (std::size_t m = 0; m < evaluation_.matchers.size(); ++m)
      links += "<a href=\"#matcher-" + std::to_string(m + 1) + "\">" +
               escape_html(matcher_text(evaluation_.matchers[m].facts)) + "</a>";
    if (!pictures_section().empty()) links += "<a href=\"#pictures\">Pictures</a>";
    if (!failures_section().empty()) links += "<a href=\"#failures\">Failures</a>";
    return links + "<a href=\"#rules\">Rules</a><a href=\"#provenance\">Provenance</a></nav>\n";
  }

  std::string warnings() const {
    if (evaluation_.warnings.empty()) return "";
    std::string text = "<div class=\"warnings\" role=\"note\"><strong>Read first</strong><ul>";
    for (const std::string& warning : evaluation_.warnings) text += "<li>" + escape_html(warning) + "</li>";
    return text + "</ul></div>\n";
  }

  // ---- headline: a row a method, a column a matcher ----

  std::vector<std::string> methods_in_order() const {
    std::vector<std::string> methods;
    for (const MatcherResult& matcher : evaluation_.matchers)
      for (const MethodResult& method : matcher.methods)
        if (std::find(methods.begin(), methods.end(), method.method) == methods.end()) methods.push_back(method.method);
    return methods;
  }

  std::string change_text(const MatcherResult& matcher, const std::string& method) const {
    for (const ChangeResult& change : matcher.changes)
      if (change.method == method && change.group.empty() && change.target == evaluation_.headline_target &&
          change.fnmr.relative)
        return "<span class=\"sub\">" + signed_percent(*change.fnmr.relative) + " % against " +
               escape_html(method_text(matcher.baseline)) + " [" +
               change_range(change.fnmr.relative_interval.interval) + "]</span>";
    return "";
  }

  static std::string change_range(const Interval& interval) {
    if (std::isnan(interval.low)) return "n/a";
    return signed_percent(interval.low) + " to " + signed_percent(interval.high);
  }

  std::string headline_cell(const MatcherResult& matcher, const std::string& name) const {
    const std::string td = "<td data-matcher=\"" + escape_html(matcher_text(matcher.facts)) + "\">";
    for (const MethodResult& method : matcher.methods) {
      if (method.method != name) continue;
      if (method.cells[0].points.empty()) return td + "not computable:<span class=\"sub\">no impostor</span></td>";
      const OperatingResult& at = method.cells[0].points[headline_];
      if (at.point.gfrr.trials == 0) return td + "not computable:<span class=\"sub\">no genuine pair</span></td>";
      return td + "<span class=\"big\">" + rate_text(at.point.fnmr) + "</span><span class=\"sub\">[" +
             percent_range(best_interval(at.point.fnmr, at.fnmr_interval)) + "] " + count_text(at.point.fnmr) +
             "</span><span class=\"sub\">GFRR " + percent(at.point.gfrr.value()) + " %, " +
             with_commas(method.cells[0].failed_genuine) + " failed</span>" + change_text(matcher, name) + "</td>";
    }
    return td + "\u2013</td>";
  }

  std::string headline_table() const {
    std::string text = "<h2 id=\"headline\">FNMR at FMR " + target_percent(evaluation_.headline_target) +
                       " %</h2>\n<div class=\"scroll headline\"><table><thead><tr><th class=\"text\">Method</th>";
    for (const MatcherResult& matcher : evaluation_.matchers) {
      text += "<th>" + escape_html(matcher_text(matcher.facts));
      if (matcher.facts.trained_against) text += " <span class=\"tag\">trained against</span>";
      text += "<span class=\"sub\">" + threshold_text(matcher) + "</span></th>";
    }
    text += "</tr></thead><tbody>";
    for (const std::string& method : methods_in_order()) {
      text +=
          std::string("<tr") + (method.empty() ? " class=\"real\"" : "") + "><th class=\"text\">" +
          method_chip(evaluation_, method) + escape_html(method_text(method)) +
          (method == kVaeRoundTrip ? "<span class=\"sub\">ceiling: references through the autoencoder</span>" : "") +
          (method.empty() ? "<span class=\"sub\">real pictures</span>" : "") + "</th>";
      for (const MatcherResult& matcher : evaluation_.matchers) text += headline_cell(matcher, method);
      text += "</tr>";
    }
    return text + "</tbody></table></div>\n<p class=\"note\">False non-match rate in percent at " + headline_reason() +
           "; [95 % interval] errors/comparisons. GFRR counts failed comparisons as rejected. \u2020 fewer than 30 "
           "errors: "
           "indicative. Changes are relative, paired over persons.</p>\n";
  }

  std::string headline_reason() const {
    return evaluation_.settings.fmr_targets.size() == 1
               ? "FMR " + target_percent(evaluation_.headline_target) + " %"
               : "the lowest FMR asked for that the impostors of every matcher resolve, " +
                     target_percent(evaluation_.headline_target) + " %";
  }

  std::string threshold_text(const MatcherResult& matcher) const {
    const MethodResult& first = matcher.methods[0];
    if (first.cells[0].points.empty()) return "no threshold";
    const TargetPoint& threshold = first.cells[0].points[headline_].threshold;
    return std::string(matcher.kind == ScoreKind::kSimilarity ? "score \u2265 " : "score \u2264 ") +
           significant(threshold.point.threshold, 4) + ", " + with_commas(threshold.point.fmr.trials) +
           (first.source == ThresholdSource::kReal ? " real impostors" : " own impostors");
  }

  // ---- one matcher ----

  std::string matcher_section(std::size_t m) const {
    const MatcherResult& matcher = evaluation_.matchers[m];
    std::string text = "<h2 id=\"matcher-" + std::to_string(m + 1) + "\">" + escape_html(matcher_text(matcher.facts)) +
                       (matcher.facts.trained_against ? " <span class=\"tag\">trained against</span>" : "") + "</h2>\n";
    text += threshold_table(matcher) +
            figures(matcher.facts.name, {"det", "roc", "cmc", "groups", "histogram", "discard"}) +
            "<h3>Error rates</h3>\n" + rates_table(matcher) + "<h3>Score lists</h3>\n" + lists_table(matcher);
    return text + identification_table(evaluation_, matcher) + demographics_table(evaluation_, matcher) +
           changes_table(matcher);
  }

  std::string threshold_table(const MatcherResult& matcher) const {
    std::string rows;
    for (const MethodResult& method : matcher.methods) {
      const bool shared = method.source == ThresholdSource::kReal;
      if (shared && &method != &matcher.methods[0]) continue;  // the same for all
      for (const OperatingResult& at : method.cells[0].points) {
        const TargetPoint& chosen = at.threshold;
        const Rate& fmr = chosen.point.fmr;
        rows += "<tr><th class=\"text\">" + target_percent(at.target) + " %</th><td>" +
                significant(chosen.point.threshold, 5) + "</td><td>" + percent(fmr.value()) + "</td><td>" +
                with_commas(fmr.errors) + "/" + with_commas(fmr.trials) + "</td><td>" +
                percent_range(best_interval(fmr, shared ? at.fmr_interval : std::nullopt)) +
                "</td><td class=\"text\">" +
                (shared ? "real pictures" : "own: " + escape_html(method_text(method.method))) +
                "</td><td class=\"text\">" + resolution_text(chosen) + "</td></tr>";
      }
    }
    if (rows.empty()) return "<p>Not computable: there is no impostor score, so there is no threshold.</p>\n";
    return "<div class=\"scroll\"><table><thead><tr><th class=\"text\">Target FMR</th><th>Threshold</th><th>FMR, %</th>"
           "<th>errors</th><th>95 %</th><th class=\"text\">impostors of</th><th "
           "class=\"text\">resolvable</th></tr></thead><tbody>" +
           rows + "</tbody></table></div>\n<p class=\"note\">" +
           (matcher.kind == ScoreKind::kSimilarity ? "Similarities: accepted at score \u2265 threshold."
                                                   : "Distances: accepted at score \u2264 threshold.") +
           "</p>\n";
  }

  static std::string resolution_text(const TargetPoint& chosen) {
    if (chosen.resolvable) return "yes";
    std::string text = "<strong>no</strong>: below 1/" + with_commas(chosen.point.fmr.trials);
    if (chosen.rule_of_three) text += "; FMR \u2264 " + percent(*chosen.rule_of_three) + " % by the rule of 3";
    return text;
  }

  std::string rates_table(const MatcherResult& matcher) const {
    std::string text =
        "<div class=\"scroll\"><table><thead><tr><th class=\"text\">Method, group</th><th>persons</th><th>genuine</th>"
        "<th>failed</th>";
    for (const double target : evaluation_.settings.fmr_targets)
      text += "<th>FNMR at FMR " + target_percent(target) + " %<span class=\"sub\">own FMR; GFRR</span></th>";
    text += "</tr></thead><tbody>";
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells) text += rates_row(method, cell);
    return text +
           "</tbody></table></div>\n<p class=\"note\">Percent; [95 % interval] errors/comparisons. Own FMR: of the "
           "row\u2019s own impostors at "
           "the "
           "same threshold. \u2020 indicative: fewer than 30 errors. \u2021 target not resolvable with these "
           "impostors.</p>\n";
  }

  std::string rates_row(const MethodResult& method, const CellResult& cell) const {
    std::string text = row_head(evaluation_, method, cell) + "<td>" +
                       (cell.subjects > 0 ? with_commas(cell.subjects) : "n/a") + "</td><td>" +
                       with_commas(cell.genuine) + "</td><td>" + with_commas(cell.failed_genuine) + "</td>";
    for (const OperatingResult& at : cell.points) {
      text += "<td>" + rate_text(at.point.fnmr) + (at.threshold.resolvable ? "" : "\u2021");
      if (at.point.fnmr.trials > 0)
        text += " <span class=\"soft\">[" + percent_range(best_interval(at.point.fnmr, at.fnmr_interval)) + "]</span>";
      text += "<span class=\"sub\">" + count_text(at.point.fnmr) + "; FMR " + percent(at.point.fmr.value()) +
              "; GFRR " + percent(at.point.gfrr.value()) + "</span></td>";
    }
    for (std::size_t i = cell.points.size(); i < evaluation_.settings.fmr_targets.size(); ++i)
      text += "<td>not computable: no impostor</td>";
    return text + "</tr>";
  }

  std::string lists_table(const MatcherResult& matcher) const {
    std::string text =
        "<div class=\"scroll\"><table><thead><tr><th class=\"text\">Method, group</th><th>EER, %</th><th>AUC</th>"
        "<th>d\u2032</th><th>genuine</th><th>mean \u00b1 s.d.</th><th>5\u201395 %</th><th>impostor</th><th>mean "
        "\u00b1 s.d.</th><th>5\u201395 %</th></tr></thead><tbody>";
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells) {
        text += row_head(evaluation_, method, cell) + "<td>";
        text += cell.eer ? percent(cell.eer->value) : "n/a";
        if (cell.eer_interval && !std::isnan(cell.eer_interval->interval.low))
          text += " <span class=\"soft\">[" + percent_range(cell.eer_interval->interval) + "]</span>";
        text += "</td><td>" + (cell.auc ? significant(*cell.auc, 5) : "n/a") + "</td><td>" +
                (cell.d_prime ? significant(*cell.d_prime, 3) : "n/a") + "</td>" + list_cells(cell.genuine_scores) +
                list_cells(cell.impostor_scores) + "</tr>";
      }
    return text +
           "</tbody></table></div>\n<p class=\"note\">EER, AUC and d\u2032 are of the row\u2019s own genuine and "
           "impostor comparisons; n/a "
           "where a list is "
           "empty.</p>\n";
  }

  static std::string list_cells(const std::optional<ListSummary>& list) {
    if (!list) return "<td>0</td><td>n/a</td><td>n/a</td>";
    return "<td>" + with_commas(list->count) + "</td><td>" + significant(list->mean, 3) + " \u00b1 " +
           significant(list->deviation, 2) + "</td><td>" + significant(list->q05, 3) + " to " +
           significant(list->q95, 3) + "</td>";
  }

  std::string changes_table(const MatcherResult& matcher) const {
    std::string rows;
    for (const ChangeResult& change : matcher.changes) {
      if (change.target != evaluation_.headline_target) continue;
      rows += std::string("<tr class=\"") + (change.group.empty() ? "total" : "group") + "\"><th class=\"text\">" +
              (change.group.empty() ? method_chip(evaluation_, change.method) + escape_html(change.method)
                                    : escape_html(change.group)) +
              "</th><td>" + with_commas(change.fnmr.subjects) + "</td>";
      for (const MethodChange* one : {&change.fnmr, &change.gfrr})
        rows += "<td>" + percent(one->baseline.value()) + " \u2192 " + percent(one->other.value()) + "</td><td>" +
                (one->relative ? signed_percent(*one->relative) + " %" : "n/a") + " <span class=\"soft\">[" +
                change_range(one->relative_interval.interval) + "]</span></td>";
      rows += "</tr>";
    }
    if (rows.empty()) return "";
    return "<h3>Change against " + escape_html(method_text(matcher.baseline)) +
           "</h3>\n<div class=\"scroll\"><table><thead><tr><th class=\"text\">Method, "
           "group</th><th>persons</th><th>FNMR, %</th><th>relative "
           "change</th><th>GFRR, %</th><th>relative change</th></tr></thead><tbody>" +
           rows + "</tbody></table></div>\n<p class=\"note\">At FMR " + target_percent(evaluation_.headline_target) +
           " %, on the persons that both have; [95 % interval] of the paired bootstrap over persons. Other targets: "
           "changes.csv.</p>\n";
  }

  // ---- plots, pictures ----

  std::string figures(const std::string& matcher, const std::vector<std::string>& sections) const {
    std::string text;
    for (const std::string& section : sections)
      for (const Plot& plot : plots_)
        if (plot.section == section && plot.matcher == matcher)
          text +=
              "<figure>" + inline_svg(plot) + "<figcaption>" + escape_html(plot.caption) + "</figcaption></figure>\n";
    return text.empty() ? "" : "<div class=\"plots\">\n" + text + "</div>\n";
  }

  std::string pictures_section() const {
    std::string text;
    const auto add = [&text](const char* title, const std::string& part) {
      if (!part.empty()) text += std::string("<h3>") + title + "</h3>\n" + part;
    };
    std::string ages = figures("", {"age"}), trades, maps = figures("", {"map"});
    for (const MatcherResult& matcher : evaluation_.matchers) {
      trades += figures(matcher.facts.name, {"trade"});
      if (!matcher.facts.name.empty()) maps += figures(matcher.facts.name, {"map"});
    }
    add("Age", merged(ages + trades));
    add("Attribute success", attribute_table(evaluation_));
    add("Worst genuine pairs", pair_pictures(evaluation_, true));
    add("Closest impostor pairs", pair_pictures(evaluation_, false));
    add("Embeddings", merged(maps));
    for (const PictureGrid& grid : evaluation_.grids) add(escape_html(grid.title).c_str(), picture_grid(grid));
    return text.empty() ? "" : "<h2 id=\"pictures\">Pictures</h2>\n" + text;
  }

  // One grid of figures from several.
  static std::string merged(std::string text) {
    const std::string seam = "</div>\n<div class=\"plots\">\n";
    for (std::size_t at; (at = text.find(seam)) != std::string::npos;) text.erase(at, seam.size());
    return text;
  }

  // ---- the end ----

  std::string failures_section() const {
    std::string rows;
    for (const MatcherResult& matcher : evaluation_.matchers)
      for (const MethodResult& method : matcher.methods)
        for (const FailureCount& failure : method.cells[0].failures) {
          const CellResult& all = method.cells[0];
          const Rate rate{failure.genuine + failure.impostor,
                          all.genuine + all.impostor + all.failed_genuine + all.failed_impostor};
          rows += "<tr><th class=\"text\">" + escape_html(matcher_text(matcher.facts)) + "</th><td class=\"text\">" +
                  method_chip(evaluation_, method.method) + escape_html(method_text(method.method)) +
                  "</td><td class=\"text wrap\">" + escape_html(failure.reason) + "</td><td>" +
                  with_commas(failure.genuine) + "</td><td>" + with_commas(failure.impostor) + "</td><td>" +
                  percent(rate.value()) + "</td></tr>";
        }
    const std::string pictures = acquisition_table(evaluation_);
    if (rows.empty()) return pictures.empty() ? "" : "<h2 id=\"failures\">Failures</h2>\n" + pictures;
    return "<h2 id=\"failures\">Failures</h2>\n" + pictures +
           "<h3>Comparisons without a score</h3>\n<div class=\"scroll\"><table><thead><tr><th "
           "class=\"text\">Matcher</th>"
           "<th class=\"text\">Method</th><th class=\"text\">Reason</th><th>genuine</th><th>impostor</th><th>% of "
           "all</th></tr></thead><tbody>" +
           rows +
           "</tbody></table></div>\n<p class=\"note\">Each one is listed in failures.csv. They are no part of FMR and "
           "FNMR, and count as "
           "rejected in "
           "GFAR and GFRR.</p>\n";
  }

  std::string rules_section() const {
    std::string text = "<h2 id=\"rules\">Rules of the numbers</h2>\n<ol class=\"rules\">";
    for (const std::string& rule : rules(evaluation_)) text += "<li>" + escape_html(rule) + "</li>";
    return text + "</ol>\n";
  }

  std::string provenance_section() const {
    std::string text = "<h2 id=\"provenance\">Provenance</h2>\n<dl>";
    const auto entry = [&text](const std::string& name, const std::string& value) {
      text += "<dt>" + escape_html(name) + "</dt><dd>" + escape_html(value) + "</dd>";
    };
    for (const InputFile& input : evaluation_.inputs)
      entry("input", input.name + (input.sha256.empty() ? "" : ", sha256 " + input.sha256));
    for (const MatcherResult& matcher : evaluation_.matchers)
      entry("matcher", matcher_text(matcher.facts) +
                           (matcher.facts.version.empty() ? "" : " " + matcher.facts.version) +
                           (matcher.kind == ScoreKind::kSimilarity ? ", similarity" : ", distance") +
                           (matcher.facts.weights_sha256.empty() ? ", weights not stated"
                                                                 : ", weights sha256 " + matcher.facts.weights_sha256));
    std::string targets;
    for (const double target : evaluation_.settings.fmr_targets)
      targets += (targets.empty() ? "" : ", ") + shortest(target);
    entry("FMR targets", targets);
    entry("program", std::string("miafr ") + kVersion);
    return text +
           "</dl>\n<p class=\"soft\">miafr evaluate --from-scores scores.csv redoes every figure from "
           "scores.csv.</p>\n";
  }

  const Evaluation& evaluation_;
  const std::vector<Plot>& plots_;
  const std::size_t headline_;
};

}  // namespace

std::string report_html(const Evaluation& evaluation, const std::vector<Plot>& plots) {
  return Page(evaluation, plots).html();
}

}  // namespace miafr
