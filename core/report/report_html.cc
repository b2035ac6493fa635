#include "core/report/report_html.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/evaluation/demographic_groups.h"
#include "core/report/page_pictures.h"
#include "core/report/page_template.h"
#include "core/report/plots.h"
#include "core/report/results_json.h"
#include "core/report/text.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;

// Sections of plots that stand with the pictures; all others stand with their matcher.
constexpr const char *kAges = "age", *kTrades = "trade", *kMaps = "map";

// What the page shows beside results.json: results.json's object, with names as people read them, colours, sums, and
// lists where results.json has maps, because a template can walk through lists only.
class PageObject {
 public:
  PageObject(const Evaluation& evaluation, const std::vector<Plot>& plots)
      : evaluation_(evaluation),
        plots_(plots),
        headline_(shortest(evaluation.headline_target)),
        page_(results_object(evaluation)) {}

  Json finished() {
    page_["totals"] = totals();
    page_["one_target"] = evaluation_.settings.fmr_targets.size() == 1;
    page_["failures"] = Json::array();
    page_["has_acquisition"] = false;
    for (std::size_t m = 0; m < evaluation_.matchers.size(); ++m)
      add_to_matcher(page_["matchers"][m], evaluation_.matchers[m], m + 1);
    page_["has_failures"] = page_["has_acquisition"] || !page_["failures"].empty();
    page_["headline_rows"] = headline_rows();
    add_pictures();
    return std::move(page_);
  }

 private:
  // ---- names

  void name_method(Json& row, const std::string& method) const {
    const std::size_t style = method_style(evaluation_, method);
    row["method_name"] = method_text(method);
    row["colour"] = style == 0 ? "var(--ink)" : series_variable(style - 1);
  }

  static void name_row(Json& row, bool whole, const std::string& group) {
    row["whole"] = whole;
    row["row_class"] = whole ? "total" : "group";
    row["group_name"] = group;
  }

  Json totals() const {
    std::int64_t comparisons = 0, failed = 0, persons = 0;
    for (const MatcherResult& matcher : evaluation_.matchers)
      for (const MethodResult& method : matcher.methods) {
        const CellResult& all = method.cells[0];
        comparisons += all.genuine + all.impostor;
        failed += all.failed_genuine + all.failed_impostor;
        persons = std::max(persons, all.subjects);
      }
    return {{"matchers", evaluation_.matchers.size()},
            {"comparisons", comparisons},
            {"failed", failed},
            {"persons", persons > 0 ? Json(persons) : Json()}};
  }

  // ---- one matcher

  void add_to_matcher(Json& json, const MatcherResult& matcher, std::size_t number) {
    json["number"] = number;
    json["is_similarity"] = matcher.kind == ScoreKind::kSimilarity;
    json["sign"] = matcher.kind == ScoreKind::kSimilarity ? "\u2265" : "\u2264";
    json["baseline_name"] = method_text(matcher.baseline);
    json["has_identification"] = json["has_demographics"] = false;
    for (std::size_t i = 0; i < matcher.methods.size(); ++i) add_to_method(json, i, matcher);
    json["thresholds"] = thresholds(json, matcher);
    json["headline_threshold"] = nullptr;
    for (const Json& row : json["thresholds"])
      if (json["headline_threshold"].is_null() && row["target"] == evaluation_.headline_target)
        json["headline_threshold"] = row;
    json["headline_changes"] = headline_changes(json, matcher);
    std::vector<Plot> plots;
    for (const Plot& plot : plots_)
      if (plot.matcher == matcher.facts.name && plot.section != kAges && plot.section != kTrades &&
          plot.section != kMaps)
        plots.push_back(plot);
    json["plots"] = plot_objects(plots);
  }

  void add_to_method(Json& matcher_json, std::size_t i, const MatcherResult& matcher) {
    const MethodResult& method = matcher.methods[i];
    Json& json = matcher_json["methods"][i];
    name_method(json, method.method);
    for (std::size_t k = 0; k < method.cells.size(); ++k) {
      Json& group = json["groups"][k];
      add_to_group(group, method.cells[k]);
      matcher_json["has_identification"] = matcher_json["has_identification"] || !group["identification"].is_null();
      page_["has_acquisition"] = page_["has_acquisition"] || !group["acquisition"].is_null();
    }
    json["headline_demographics"] = headline_demographics(json["demographics"], method);
    matcher_json["has_demographics"] = matcher_json["has_demographics"] || !json["headline_demographics"].is_null();
    const CellResult& all = method.cells[0];
    for (const FailureCount& failure : all.failures) {
      const Rate rate{failure.genuine + failure.impostor,
                      all.genuine + all.impostor + all.failed_genuine + all.failed_impostor};
      Json row = {{"matcher", matcher_json["matcher"]},
                  {"reason", failure.reason},
                  {"genuine", failure.genuine},
                  {"impostor", failure.impostor},
                  {"share", rate.value()}};
      name_method(row, method.method);
      page_["failures"].push_back(row);
    }
  }

  void add_to_group(Json& json, const CellResult& cell) const {
    name_row(json, cell.group.empty() && !cell.reference_seen, group_text(cell));
    json["points"] = Json::array();
    for (const auto& [target, point] : json["operating_points"].items()) json["points"].push_back(point);
    json["missing_points"] = Json::array();
    for (std::size_t i = cell.points.size(); i < evaluation_.settings.fmr_targets.size(); ++i)
      json["missing_points"].push_back(Json::object());
    json["score_lists"] = {{{"list", json["genuine_scores"]}}, {{"list", json["impostor_scores"]}}};
    if (Json& identification = json["identification"]; !identification.is_null()) {
      const Json& cmc = identification["cmc"];
      identification["rank5"] = identification["gallery_subjects"] > 5 ? cmc[4] : Json();
    }
    if (Json& acquisition = json["acquisition"]; !acquisition.is_null()) {
      acquisition["reasons"] = Json::array();
      for (const auto& [reason, count] : acquisition["probe_failures"].items())
        acquisition["reasons"].push_back(
            {{"first", acquisition["reasons"].empty()}, {"reason", reason}, {"count", count}});
    }
  }

  // A row for each target: those of real pictures are the same for all methods, others are a method's own.
  Json thresholds(const Json& json, const MatcherResult& matcher) const {
    Json rows = Json::array();
    for (std::size_t i = 0; i < matcher.methods.size(); ++i) {
      const MethodResult& method = matcher.methods[i];
      const bool own = method.source != ThresholdSource::kReal;
      if (!own && i > 0) continue;
      const Json& points = json["methods"][i]["groups"][0]["points"];
      for (std::size_t t = 0; t < points.size(); ++t) {
        Json row = points[t];
        row["target"] = method.cells[0].points[t].target;
        row["own"] = own;
        row["method_name"] = method_text(method.method);
        row["achieved"] = row["threshold_fmr"];
        row["achieved_errors"] = row["threshold_false_matches"];
        row["achieved_trials"] = row["threshold_impostors"];
        row["achieved_bootstrap95"] = own ? Json() : row["fmr_bootstrap95"];
        rows.push_back(row);
      }
    }
    return rows;
  }

  Json headline_changes(const Json& json, const MatcherResult& matcher) const {
    Json rows = Json::array();
    for (std::size_t i = 0; i < matcher.changes.size(); ++i) {
      const ChangeResult& change = matcher.changes[i];
      if (change.target != evaluation_.headline_target) continue;
      Json row = json["changes"][i];
      name_method(row, change.method);
      name_row(row, change.group.empty(), change.group);
      row["rates"] = {row["fnmr"], row["gfrr"]};
      rows.push_back(row);
    }
    return rows;
  }

  // Groups of persons at the headline target, and how far they lie apart. Null where there are none.
  Json headline_demographics(const Json& json, const MethodResult& method) const {
    if (json.is_null() || method.source == ThresholdSource::kNone) return Json();
    Json shown = json["differentials"][headline_];
    shown["groups"] = json["groups"];
    for (Json& group : shown["groups"]) group["point"] = group["operating_points"][headline_];
    return shown;
  }

  // ---- headline: a row a method, a column a matcher

  Json headline_rows() const {
    std::vector<std::string> methods;
    for (const MatcherResult& matcher : evaluation_.matchers)
      for (const MethodResult& method : matcher.methods)
        if (std::find(methods.begin(), methods.end(), method.method) == methods.end()) methods.push_back(method.method);
    Json rows = Json::array();
    for (const std::string& method : methods) {
      Json row = {{"real", method.empty()}, {"ceiling", method == kVaeRoundTrip}, {"cells", Json::array()}};
      name_method(row, method);
      for (std::size_t m = 0; m < evaluation_.matchers.size(); ++m) row["cells"].push_back(headline_cell(m, method));
      rows.push_back(row);
    }
    return rows;
  }

  Json headline_cell(std::size_t m, const std::string& name) const {
    const MatcherResult& matcher = evaluation_.matchers[m];
    const Json& json = page_["matchers"][m];
    Json cell = {{"matcher", json["matcher"]}, {"absent", true},   {"no_impostor", false},
                 {"no_genuine", false},        {"point", nullptr}, {"change", nullptr}};
    for (std::size_t i = 0; i < matcher.methods.size(); ++i) {
      if (matcher.methods[i].method != name) continue;
      const Json& all = json["methods"][i]["groups"][0];
      cell["absent"] = false;
      cell["no_impostor"] = all["points"].empty();
      if (all["points"].empty()) continue;
      const Json& point = all["operating_points"][headline_];
      cell["no_genuine"] = point["gfrr_trials"] == 0;
      if (point["gfrr_trials"] > 0) cell["point"] = point;
      cell["genuine_failed"] = all["genuine_failed"];
      cell["baseline_name"] = json["baseline_name"];
    }
    for (std::size_t i = 0; i < matcher.changes.size(); ++i) {
      const ChangeResult& change = matcher.changes[i];
      if (change.method == name && change.group.empty() && change.target == evaluation_.headline_target &&
          change.fnmr.relative)
        cell["change"] = json["changes"][i]["fnmr"];
    }
    return cell;
  }

  // ---- pictures

  Json plots_of(const std::vector<std::string>& sections) const {
    std::vector<Plot> plots;
    for (const std::string& section : sections)
      for (const Plot& plot : plots_)
        if (plot.section == section) plots.push_back(plot);
    return {{"plots", plot_objects(plots)}};
  }

  void add_pictures() {
    page_["ages"] = plots_of({kAges, kTrades});
    page_["maps"] = plots_of({kMaps});
    page_["attributes"] = attributes();
    page_["attribute_source"] = evaluation_.attribute_source;
    page_["pair_kinds"] = {{{"title", "Worst genuine pairs"}, {"pairs", pairs(true)}},
                           {{"title", "Closest impostor pairs"}, {"pairs", pairs(false)}}};
    page_["grids"] = Json::array();
    for (const PictureGrid& grid : evaluation_.grids) page_["grids"].push_back(grid_object(grid));
    page_["has_pictures"] = !page_["ages"]["plots"].empty() || !page_["maps"]["plots"].empty() ||
                            !evaluation_.attributes.empty() || !evaluation_.pairs.empty() || !evaluation_.grids.empty();
  }

  Json attributes() const {
    Json rows = Json::array();
    for (const AttributeSuccess& one : evaluation_.attributes) {
      const Rate failures{one.asked - one.correct, one.asked};
      const Interval wrong = wilson_95(failures);
      Json row = {{"attribute", one.attribute},
                  {"shown", 1 - failures.value()},
                  {"shown_wilson95", {1 - wrong.high, 1 - wrong.low}},
                  {"correct", one.correct},
                  {"asked", one.asked}};
      name_method(row, one.method);
      rows.push_back(row);
    }
    return rows;
  }

  Json pairs(bool genuine) const {
    Json list = Json::array();
    for (const PairPicture& pair : evaluation_.pairs)
      if (pair.genuine == genuine)
        list.push_back({{"probe", picture_object(pair.probe)},
                        {"reference", picture_object(pair.reference)},
                        {"matcher", pair.matcher},
                        {"score", pair.score},
                        {"caption", pair.caption}});
    return list;
  }

  static Json grid_object(const PictureGrid& grid) {
    Json object = {{"title", grid.title}, {"columns", grid.columns}, {"rows", Json::array()}};
    for (const PictureGrid::Row& row : grid.rows) {
      Json pictures = Json::array();
      for (const auto& picture : row.pictures)
        pictures.push_back({{"picture", picture ? picture_object(*picture) : Json()}});
      object["rows"].push_back({{"name", row.name}, {"pictures", pictures}});
    }
    return object;
  }

  const Evaluation& evaluation_;
  const std::vector<Plot>& plots_;
  const std::string headline_;  // the headline target's key in operating_points
  Json page_;
};

}  // namespace

std::string report_html(const Evaluation& evaluation, const std::vector<Plot>& plots) {
  return render_page("report", PageObject(evaluation, plots).finished());
}

}  // namespace miafr
