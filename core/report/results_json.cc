#include "core/report/results_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/version.h"
#include "core/evaluation/demographic_groups.h"
#include "core/report/text.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(); }

// A threshold or a relative change may well be infinite, which JSON has no number for.
Json number_or_infinite(double value) { return std::isinf(value) ? Json(value > 0 ? "inf" : "-inf") : number(value); }

Json range(const Interval& interval) {
  if (std::isnan(interval.low) || std::isnan(interval.high)) return Json();
  return Json::array({number_or_infinite(interval.low), number_or_infinite(interval.high)});
}

Json range(const std::optional<BootstrapInterval>& interval) { return interval ? range(interval->interval) : Json(); }

Json word_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

// counted: what the rate counts among its trials; errors, unless it is a rate of success.
void put_rate(Json& json, const std::string& name, const Rate& rate,
              const std::optional<BootstrapInterval>& interval = std::nullopt, bool has_interval = true,
              const char* counted = "errors") {
  json[name] = number(rate.value());
  json[name + "_" + counted] = rate.errors;
  json[name + "_trials"] = rate.trials;
  json[name + "_wilson95"] = range(wilson_95(rate));
  if (has_interval) json[name + "_bootstrap95"] = range(interval);
}

Json summary_of(const std::optional<ListSummary>& list) {
  if (!list) return Json();
  return {{"count", list->count},       {"minimum", list->minimum},
          {"q05", list->q05},           {"q25", list->q25},
          {"median", list->q50},        {"q75", list->q75},
          {"q95", list->q95},           {"maximum", list->maximum},
          {"mean", number(list->mean)}, {"standard_deviation", number(list->deviation)}};
}

Json failures_of(const CellResult& cell) {
  const std::int64_t failed = cell.failed_genuine + cell.failed_impostor;
  const std::int64_t all = failed + cell.genuine + cell.impostor;
  Json json = {{"failed", failed}, {"comparisons", all}, {"rate", number(Rate{failed, all}.value())}};
  json["by_reason"] = Json::object();
  for (const FailureCount& failure : cell.failures)
    json["by_reason"][failure.reason] = {{"genuine", failure.genuine}, {"impostor", failure.impostor}};
  return json;
}

Json acquisition_of(const std::optional<AcquisitionCounts>& counts) {
  if (!counts) return Json();
  Json json;
  put_rate(json, "fta", counts->fta, std::nullopt, false);
  put_rate(json, "fte", counts->fte, std::nullopt, false);
  json["probe_failures"] = counts->probe_failures;
  json["reference_failures"] = counts->reference_failures;
  return json;
}

// cmc[r]: the identification rate at rank r + 1.
Json identification_of(const CellResult& cell) {
  if (!cell.identification) return Json();
  const CumulativeMatches& matches = *cell.identification;
  Json json = {{"gallery_subjects", matches.gallery}, {"probes", matches.probes}, {"failed_probes", matches.failed}};
  put_rate(json, "rank1", matches.at_rank(1), cell.rank_one_interval, true, "found");
  json["cmc"] = Json::array();
  for (const std::int64_t found : matches.found) json["cmc"].push_back(number(Rate{found, matches.probes}.value()));
  return json;
}

Json point_of(const OperatingResult& result) {
  const TargetPoint& chosen = result.threshold;
  Json json = {{"threshold", number_or_infinite(chosen.point.threshold)},
               {"threshold_is_observed_score", chosen.observed},
               {"resolvable", chosen.resolvable},
               {"threshold_fmr", number(chosen.point.fmr.value())},
               {"threshold_false_matches", chosen.point.fmr.errors},
               {"threshold_impostors", chosen.point.fmr.trials},
               {"threshold_fmr_rule_of_three", number(chosen.rule_of_three)}};
  put_rate(json, "fmr", result.point.fmr, result.fmr_interval);
  put_rate(json, "fnmr", result.point.fnmr, result.fnmr_interval);
  put_rate(json, "gfrr", result.point.gfrr, result.gfrr_interval);
  put_rate(json, "gfar", result.gfar, std::nullopt, false);
  json["fnmr_indicative"] = result.point.fnmr.indicative();
  return json;
}

Json cell_of(const CellResult& cell) {
  Json json = {{"group", cell.group.empty() ? kAllGroups : cell.group},
               {"reference_seen", cell.reference_seen ? Json(*cell.reference_seen) : Json()},
               {"subjects", cell.subjects > 0 ? Json(cell.subjects) : Json()},
               {"genuine", cell.genuine},
               {"impostor", cell.impostor},
               {"genuine_failed", cell.failed_genuine},
               {"impostor_failed", cell.failed_impostor},
               {"failed_comparisons", failures_of(cell)},
               {"acquisition", acquisition_of(cell.acquisition)},
               {"identification", identification_of(cell)},
               {"eer", cell.eer ? number(cell.eer->value) : Json()}};
  json["eer_bootstrap95"] = range(cell.eer_interval);
  json["eer_between"] = cell.eer ? Json{{"fmr", {cell.eer->stricter.fmr.value(), cell.eer->laxer.fmr.value()}},
                                        {"fnmr", {cell.eer->stricter.fnmr.value(), cell.eer->laxer.fnmr.value()}}}
                                 : Json();
  json["auc"] = number(cell.auc);
  json["dprime"] = number(cell.d_prime);
  json["genuine_scores"] = summary_of(cell.genuine_scores);
  json["impostor_scores"] = summary_of(cell.impostor_scores);
  json["not_computable"] = cell.impostor == 0
                               ? Json(cell.points.empty() ? "no impostor" : "own FMR and EER: no impostor")
                           : cell.genuine == 0 ? Json("no genuine")
                                               : Json();
  json["operating_points"] = Json::object();
  for (const OperatingResult& point : cell.points) json["operating_points"][shortest(point.target)] = point_of(point);
  return json;
}

Json change_of(const MethodChange& change) {
  return {{"baseline", number(change.baseline.value())},
          {"other", number(change.other.value())},
          {"difference", number(change.difference)},
          {"difference_bootstrap95", range(change.difference_interval.interval)},
          {"relative", number(change.relative)},
          {"relative_bootstrap95", range(change.relative_interval.interval)},
          {"undefined_replicates", change.relative_interval.undefined},
          {"subjects", change.subjects},
          {"only_in_baseline", change.only_in_baseline},
          {"only_in_other", change.only_in_other}};
}

Json differential_of(const MethodResult& method, std::size_t target, RateKind kind) {
  const Differential apart = differential(method.demographics, target, kind);
  if (apart.highest.empty()) return Json();
  return {{"highest", apart.highest},
          {"lowest", apart.lowest},
          {"ratio", number(apart.ratio)},
          {"highest_to_geometric_mean", number(apart.to_mean)}};
}

// Null where persons have no groups.
Json demographics_of(const MethodResult& method, const std::vector<double>& targets) {
  if (method.demographics.empty()) return Json();
  Json json = {{"groups", Json::array()}, {"differentials", Json::object()}};
  for (const CellResult& cell : method.demographics) json["groups"].push_back(cell_of(cell));
  if (method.source == ThresholdSource::kNone) return json;
  for (std::size_t i = 0; i < targets.size(); ++i)
    json["differentials"][shortest(targets[i])] = {{"fmr", differential_of(method, i, RateKind::kFmr)},
                                                   {"fnmr", differential_of(method, i, RateKind::kFnmr)}};
  return json;
}

const char* source_word(ThresholdSource source) {
  return source == ThresholdSource::kReal  ? "real impostors"
         : source == ThresholdSource::kOwn ? "own impostors"
                                           : "none";
}

Json matcher_of(const MatcherResult& matcher, const std::vector<double>& targets) {
  Json json = {{"matcher", matcher_text(matcher.facts)},
               {"version", word_or_null(matcher.facts.version)},
               {"weights_sha256", word_or_null(matcher.facts.weights_sha256)},
               {"score_kind", matcher.kind == ScoreKind::kSimilarity ? "similarity" : "distance"},
               {"trained_against", matcher.facts.trained_against},
               {"self_pairs", matcher.audit.self_pairs},
               {"repeated_pairs", matcher.audit.repeated_pairs}};
  json["methods"] = Json::array();
  for (const MethodResult& method : matcher.methods) {
    Json groups = Json::array();
    for (const CellResult& cell : method.cells) groups.push_back(cell_of(cell));
    json["methods"].push_back({{"method", method.method.empty() ? kOriginal : method.method},
                               {"thresholds_from", source_word(method.source)},
                               {"groups", groups},
                               {"demographics", demographics_of(method, targets)}});
  }
  json["baseline"] = matcher.changes.empty() ? Json() : Json(matcher.baseline.empty() ? kOriginal : matcher.baseline);
  json["changes"] = Json::array();
  for (const ChangeResult& change : matcher.changes)
    json["changes"].push_back({{"method", change.method},
                               {"group", change.group.empty() ? kAllGroups : change.group},
                               {"fmr_target", change.target},
                               {"fnmr", change_of(change.fnmr)},
                               {"gfrr", change_of(change.gfrr)}});
  return json;
}

Json unmatched_of(const UnmatchedNames& unmatched) {
  Json json = {{"kind", unmatched.kind}, {"of", unmatched.list}, {"not_among", unmatched.other}};
  json["names"] = Json::array();
  for (const UnmatchedName& one : unmatched.names) {
    json["names"].push_back({{"name", one.name}, {"meant", word_or_null(one.meant)}});
    if (!unmatched.counted.empty()) json["names"].back()[unmatched.counted + "s"] = one.count;
  }
  return json;
}

}  // namespace

nlohmann::ordered_json results_object(const Evaluation& evaluation) {
  const EvaluationSettings& settings = evaluation.settings;
  Json json = {{"schema_version", kResultsSchemaVersion},
               {"program", std::string("miafr ") + kVersion},
               {"title", settings.title},
               {"config",
                {{"source", evaluation.source},
                 {"fmr_targets", settings.fmr_targets},
                 {"bootstrap_replicates", settings.intervals ? settings.bootstrap.replicates : 0},
                 {"seed", settings.bootstrap.seed},
                 {"baseline", word_or_null(settings.baseline)}}}};
  json["inputs"] = Json::array();
  for (const InputFile& input : evaluation.inputs)
    json["inputs"].push_back({{"file", input.name}, {"sha256", word_or_null(input.sha256)}});
  json["rules"] = rules(evaluation);
  json["warnings"] = evaluation.warnings;
  json["unmatched_names"] = Json::array();
  for (const UnmatchedNames& unmatched : evaluation.unmatched)
    json["unmatched_names"].push_back(unmatched_of(unmatched));
  json["headline_fmr"] = evaluation.headline_target;
  json["matchers"] = Json::array();
  for (const MatcherResult& matcher : evaluation.matchers)
    json["matchers"].push_back(matcher_of(matcher, settings.fmr_targets));
  if (evaluation.training)
    json["training"] = {{"pictures", evaluation.training->pictures},
                        {"references_among_them", evaluation.training->references}};
  if (!evaluation.attributes.empty()) json["attribute_source"] = evaluation.attribute_source;
  for (const AttributeSuccess& one : evaluation.attributes)
    json["attributes"].push_back(
        {{"method", one.method}, {"attribute", one.attribute}, {"correct", one.correct}, {"asked", one.asked}});
  return json;
}

std::string results_json(const Evaluation& evaluation) {
  return results_object(evaluation).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace miafr
