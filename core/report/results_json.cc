#include "core/report/results_json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/report/tables.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? Json() : Json(value > 0 ? "inf" : "-inf");
}
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(); }
Json interval(const Interval& range) { return {number(range.low), number(range.high)}; }
Json interval(const std::optional<Interval>& range) { return range ? interval(*range) : Json(); }

Json rate(const Rate& r) { return {{"value", number(r.value())}, {"errors", r.errors}, {"trials", r.trials}}; }

Json operating_point(const OperatingResult& result) {
  return {{"threshold", number(result.at.threshold)},
          {"fmr", number(result.at.fmr.value())},
          {"fmr_counts", {result.at.fmr.errors, result.at.fmr.trials}},
          {"fmr_wilson95", interval(result.fmr_wilson)},
          {"fmr_bootstrap95", interval(result.fmr_bootstrap)},
          {"fnmr", number(result.at.fnmr.value())},
          {"fnmr_counts", {result.at.fnmr.errors, result.at.fnmr.trials}},
          {"fnmr_wilson95", interval(result.fnmr_wilson)},
          {"fnmr_bootstrap95", interval(result.fnmr_bootstrap)},
          {"gfrr", number(result.at.gfrr.value())},
          {"gfrr_counts", {result.at.gfrr.errors, result.at.gfrr.trials}},
          {"gfrr_wilson95", interval(result.gfrr_wilson)},
          {"gfrr_bootstrap95", interval(result.gfrr_bootstrap)},
          {"indicative", result.at.fnmr.indicative()},
          {"resolvable", result.resolvable}};
}

Json list_summary(const std::optional<ListSummary>& list) {
  if (!list) return Json();
  return {{"count", list->count}, {"mean", number(list->mean)}, {"std", number(list->deviation)},
          {"min", list->minimum}, {"q05", list->q05},           {"q25", list->q25},
          {"median", list->q50},  {"q75", list->q75},           {"q95", list->q95},
          {"max", list->maximum}};
}

Json group_json(const GroupResult& group) {
  Json fta = Json::object();
  for (const FailureCount& failure : group.failures)
    fta[failure.reason] = {{"genuine", failure.genuine}, {"impostor", failure.impostor}};
  Json points = Json::object();
  for (const OperatingResult& result : group.operating) points[target_text(result.target)] = operating_point(result);
  return {{"group", group.group},
          {"method", group.method},
          {"label", group.label},
          {"subjects", group.subjects},
          {"genuine", group.genuine},
          {"impostor", group.impostor},
          {"failed", fta},
          {"eer", group.eer ? number(group.eer->value) : Json()},
          {"eer_bootstrap95", interval(group.eer_bootstrap)},
          {"auc", number(group.auc)},
          {"dprime", number(group.d_prime)},
          {"genuine_scores", list_summary(group.genuine_scores)},
          {"impostor_scores", list_summary(group.impostor_scores)},
          {"operating_points", points},
          {"not_computable", group.not_computable}};
}

Json thresholds_json(const std::vector<ThresholdResult>& thresholds) {
  Json json = Json::object();
  for (const ThresholdResult& result : thresholds)
    json[target_text(result.target)] = {{"threshold", number(result.point.point.threshold)},
                                        {"fmr", rate(result.point.point.fmr)},
                                        {"resolvable", result.point.resolvable},
                                        {"observed", result.point.observed},
                                        {"fmr_rule_of_three", number(result.point.rule_of_three)},
                                        {"chosen_on", result.from_original ? "original impostors" : "all impostors"}};
  return json;
}

Json change_json(const ChangeResult& change) {
  return {{"method", change.method},
          {"baseline", change.baseline},
          {"label", change.label},
          {"fmr_target", change.target},
          {"figure", "gfrr"},
          {"baseline_rate", rate(change.change.baseline)},
          {"method_rate", rate(change.change.other)},
          {"difference", number(change.change.difference)},
          {"difference_95", interval(change.change.difference_interval.interval)},
          {"relative", number(change.change.relative)},
          {"relative_95", interval(change.change.relative_interval.interval)},
          {"subjects", change.change.subjects}};
}

Json discard_json(const DiscardResult& discard) {
  Json curve = Json::array();
  for (const DiscardPoint& point : discard.curve)
    curve.push_back({number(point.discarded.value()), number(point.errors.value())});
  return {{"measure", discard.measure}, {"fmr_target", discard.target}, {"discarded_gfrr", curve}};
}

Json matcher_json(const MatcherResult& matcher) {
  Json params = Json::object();
  for (const auto& [name, value] : matcher.facts.params) params[name] = value;
  Json json = {{"name", matcher.facts.name},
               {"version", matcher.facts.version},
               {"params", params},
               {"weights", matcher.facts.weights},
               {"weights_sha256", matcher.facts.weights_sha256},
               {"licence", matcher.facts.licence},
               {"trained_against", matcher.facts.trained_against},
               {"score_kind", matcher.kind == ScoreKind::kSimilarity ? "similarity" : "distance"},
               {"scores", matcher.scores_file},
               {"self_pairs", matcher.audit.self_pairs},
               {"repeated_pairs", matcher.audit.repeated_pairs},
               {"thresholds", thresholds_json(matcher.thresholds)}};
  json["groups"] = Json::array();
  for (const GroupResult& group : matcher.groups) json["groups"].push_back(group_json(group));
  json["changes"] = Json::array();
  for (const ChangeResult& change : matcher.changes) json["changes"].push_back(change_json(change));
  if (!matcher.discard.empty()) {
    json["error_versus_discard"] = Json::array();
    for (const DiscardResult& discard : matcher.discard) json["error_versus_discard"].push_back(discard_json(discard));
  }
  return json;
}

}  // namespace

std::string results_json(const Evaluation& evaluation) {
  Json settings = Json::object();
  for (const auto& [name, value] : evaluation.settings) settings[name] = value;
  Json json = {{"schema", kResultsSchema}, {"program", evaluation.program},     {"title", evaluation.title},
               {"settings", settings},     {"fmr_targets", evaluation.targets}, {"warnings", evaluation.warnings}};
  json["matchers"] = Json::array();
  for (const MatcherResult& matcher : evaluation.matchers) json["matchers"].push_back(matcher_json(matcher));
  json["acquisition"] = Json::array();
  for (const AcquisitionResult& group : evaluation.acquisition)
    json["acquisition"].push_back(
        {{"group", group.group}, {"images", group.images}, {"used", group.used}, {"failures", group.failures}});
  json["attributes"] = Json::array();
  for (const AttributeSuccess& success : evaluation.attributes)
    json["attributes"].push_back({{"method", success.method},
                                  {"label", success.label},
                                  {"source", success.source},
                                  {"success", rate(success.success)},
                                  {"wilson95", interval(success.wilson)}});
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace miafr
