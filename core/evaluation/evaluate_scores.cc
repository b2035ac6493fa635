#include "core/evaluation/evaluate_scores.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/shown.h"
#include "core/evaluation/cell.h"
#include "core/evaluation/name_joins.h"

namespace miafr {
namespace {

constexpr int kBins = 60, kCurveResolution = 100;
using Rows = std::vector<std::uint32_t>;

// The rows of one method, and of each of its groups.
struct MethodRows {
  std::string method;
  Rows all;
  std::vector<std::pair<std::string, Rows>> groups;  // in the order of their first row
};

Rows& rows_of(std::vector<std::pair<std::string, Rows>>& groups, const std::string& group) {
  for (auto& [name, rows] : groups)
    if (name == group) return rows;
  groups.emplace_back(group, Rows());
  return groups.back().second;
}

bool any_method(const ScoreTable& table) {
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.method(row) != 0) return true;
  return false;
}

// Real pictures first, the round trip through the autoencoder second, then methods in the order of their first row.
std::vector<MethodRows> split_by_method(const ScoreTable& table) {
  const bool has_methods = any_method(table);
  std::vector<MethodRows> methods;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::size_t, std::size_t>> places;  // by name numbers
  constexpr std::size_t kNoGroup = ~std::size_t{0};
  const auto place_of = [&](const std::string& method_name, const std::string& group_name) {
    const std::string group = group_name == kAllGroups || group_name == kOriginal ? "" : group_name;
    std::string method = method_name == kOriginal ? "" : method_name;
    if (!has_methods && !group.empty()) method = kEdited;
    std::size_t m = 0;
    while (m < methods.size() && methods[m].method != method) ++m;
    if (m == methods.size()) methods.push_back({method, {}, {}});
    if (group.empty()) return std::make_pair(m, kNoGroup);
    rows_of(methods[m].groups, group);
    std::size_t g = 0;
    while (methods[m].groups[g].first != group) ++g;
    return std::make_pair(m, g);
  };
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::pair<std::uint32_t, std::uint32_t> key = {table.method(row), table.group(row)};
    auto place = places.find(key);
    if (place == places.end())
      place = places.emplace(key, place_of(table.names()[key.first], table.names()[key.second])).first;
    MethodRows& method = methods[place->second.first];
    method.all.push_back(static_cast<std::uint32_t>(row));
    if (place->second.second != kNoGroup)
      method.groups[place->second.second].second.push_back(static_cast<std::uint32_t>(row));
  }
  const auto rank = [](const MethodRows& rows) {
    return rows.method.empty() ? 0 : rows.method == kVaeRoundTrip ? 1 : 2;
  };
  std::stable_sort(methods.begin(), methods.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
  return methods;
}

Rows filtered(const Rows& rows, const std::function<bool(std::uint32_t)>& keep) {
  Rows kept;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(kept), keep);
  return kept;
}

std::vector<TargetPoint> choose_thresholds(const SortedScores& scores, const std::vector<double>& targets) {
  std::vector<TargetPoint> points;
  for (const double target : targets)
    if (auto point = point_at_fmr(scores, target)) points.push_back(*point);
  return points;
}

// Everything about one matcher.
class MatcherEvaluator {
 public:
  MatcherEvaluator(const ScoreTable& table, const EvaluationSettings& settings)
      : table_(table), settings_(settings), methods_(split_by_method(table)) {}

  MatcherResult run(const MatcherFacts& facts) {
    MatcherResult result;
    result.facts = facts;
    result.kind = table_.kind();
    result.audit = audit_pairs(table_);
    choose();
    std::vector<SortedScores> sorted;
    for (std::size_t m = 0; m < methods_.size(); ++m) {
      result.methods.push_back(evaluate_method(m));
      sorted.push_back(sort_scores(select_rows(table_, methods_[m].all)));
    }
    std::vector<const std::vector<double>*> lists;
    for (const SortedScores& scores : sorted) lists.insert(lists.end(), {&scores.genuine, &scores.impostor});
    result.histograms = common_histograms(lists, kBins);
    return result;
  }

  const std::vector<MethodRows>& methods() const { return methods_; }
  const std::vector<TargetPoint>& thresholds(std::size_t m) const { return thresholds_[m]; }

  std::vector<MethodNames> names() const {
    std::vector<MethodNames> all;
    for (const MethodRows& method : methods_) {
      std::vector<std::string> labels;
      for (const auto& group : method.groups) labels.push_back(group.first);
      all.push_back(names_of(table_, method.all, method.method, labels));
    }
    return all;
  }

  // Nothing where one of the two has no such group, no persons, or no threshold.
  std::optional<ChangeResult> change(std::size_t baseline, std::size_t other, const std::string& group,
                                     std::size_t target) const {
    const Rows *before = group_rows(baseline, group), *after = group_rows(other, group);
    if (!before || !after || thresholds_[baseline].size() <= target || thresholds_[other].size() <= target) return {};
    const ScoreTable a = select_rows(table_, *before), b = select_rows(table_, *after);
    if (!names_subjects(a) || !names_subjects(b)) return {};
    const OperatingPoint &at_a = thresholds_[baseline][target].point, &at_b = thresholds_[other][target].point;
    ChangeResult result{methods_[other].method, group, settings_.fmr_targets[target], {}, {}};
    result.fnmr = paired_change(a, at_a, b, at_b, Failures::kExclude, settings_.bootstrap);
    result.gfrr = paired_change(a, at_a, b, at_b, Failures::kCountAsErrors, settings_.bootstrap);
    throw_if_interrupted();
    return result;
  }

  // GFRR while the pairs of the worst quality are dropped.
  std::vector<DiscardPoint> discard(std::size_t m, std::size_t target) const {
    if (!table_.has_quality() || thresholds_[m].size() <= target) return {};
    const ScoreTable rows = select_rows(table_, methods_[m].all);
    std::vector<double> quality;
    for (std::size_t row = 0; row < rows.size(); ++row) quality.push_back(rows.quality(row));
    return discard_curve(rows, quality, thresholds_[m][target].point, Failures::kCountAsErrors);
  }

 private:
  void choose() {
    std::vector<TargetPoint> real;
    if (!methods_.empty() && methods_[0].method.empty())
      real = choose_thresholds(sort_scores(select_rows(table_, methods_[0].all)), settings_.fmr_targets);
    for (const MethodRows& method : methods_) {
      const bool from_real = !real.empty();
      thresholds_.push_back(
          from_real ? real : choose_thresholds(sort_scores(select_rows(table_, method.all)), settings_.fmr_targets));
      sources_.push_back(from_real                    ? ThresholdSource::kReal
                         : thresholds_.back().empty() ? ThresholdSource::kNone
                                                      : ThresholdSource::kOwn);
    }
  }

  CellResult cell(std::size_t m, const Rows& rows, const std::string& group, std::optional<bool> seen) const {
    CellResult result = evaluate_cell(select_rows(table_, rows), thresholds_[m], settings_);
    result.group = group;
    result.reference_seen = seen;
    throw_if_interrupted();
    return result;
  }

  MethodResult evaluate_method(std::size_t m) const {
    const MethodRows& method = methods_[m];
    MethodResult result;
    result.method = method.method;
    result.source = sources_[m];
    result.cells.push_back(cell(m, method.all, "", std::nullopt));
    for (const auto& [group, rows] : method.groups) result.cells.push_back(cell(m, rows, group, std::nullopt));
    const auto is_seen = [&](std::uint32_t row) { return table_.reference_seen(row); };
    const Rows seen = filtered(method.all, is_seen);
    if (!seen.empty()) {
      const Rows unseen = filtered(method.all, [&](std::uint32_t row) { return !is_seen(row); });
      result.cells.push_back(cell(m, seen, "", true));
      if (!unseen.empty()) result.cells.push_back(cell(m, unseen, "", false));
    }
    result.demographics = demographics(m);
    if (sources_[m] != ThresholdSource::kNone) add_curve(m, result);
    return result;
  }

  // In alphabetical order.
  std::vector<CellResult> demographics(std::size_t m) const {
    std::map<std::string, Rows> groups;
    for (const auto& [subject, group] : settings_.demographics) groups.emplace(group, Rows());
    std::vector<const std::string*> group_of(table_.names().size(), nullptr);  // by the subject's number
    for (std::uint32_t id = 1; id < group_of.size(); ++id)
      if (const auto found = settings_.demographics.find(table_.names()[id]); found != settings_.demographics.end())
        group_of[id] = &found->second;
    for (const std::uint32_t row : methods_[m].all) {
      const std::string *a = group_of[table_.subject_probe(row)], *b = group_of[table_.subject_reference(row)];
      if (a && b && *a == *b) groups[*a].push_back(row);
    }
    std::vector<CellResult> cells;
    for (const auto& [group, rows] : groups)
      if (!rows.empty()) cells.push_back(cell(m, rows, group, std::nullopt));
    return cells;
  }

  // This method's genuine scores against the impostors that its thresholds come from.
  void add_curve(std::size_t m, MethodResult& result) const {
    Rows rows = filtered(methods_[m].all, [&](std::uint32_t row) { return table_.genuine(row); });
    const Rows& source = methods_[sources_[m] == ThresholdSource::kReal ? 0 : m].all;
    const Rows impostors = filtered(source, [&](std::uint32_t row) { return !table_.genuine(row); });
    rows.insert(rows.end(), impostors.begin(), impostors.end());
    const ScoreTable table = select_rows(table_, rows);
    std::vector<double> keep;
    for (const TargetPoint& point : thresholds_[m]) keep.push_back(point.point.threshold);
    result.curve = thin(error_curve(sort_scores(table)), kCurveResolution, keep);
    result.band = fnmr_band(table, settings_);
  }

  const Rows* group_rows(std::size_t m, const std::string& group) const {
    if (group.empty()) return &methods_[m].all;
    for (const auto& [name, rows] : methods_[m].groups)
      if (name == group) return &rows;
    return nullptr;
  }

  const ScoreTable& table_;
  const EvaluationSettings& settings_;
  const std::vector<MethodRows> methods_;
  std::vector<std::vector<TargetPoint>> thresholds_;  // of each method
  std::vector<ThresholdSource> sources_;
};

std::optional<std::size_t> find_baseline(const std::vector<MethodRows>& methods, const std::string& wanted) {
  std::vector<std::string> names;
  for (const MethodRows& method : methods) names.push_back(method.method);
  return baseline_place(names, wanted);
}

void add_changes(const MatcherEvaluator& evaluator, const EvaluationSettings& settings, MatcherResult& result) {
  const auto baseline = find_baseline(evaluator.methods(), settings.baseline);
  if (!baseline || !settings.intervals) return;
  result.baseline = evaluator.methods()[*baseline].method;
  for (std::size_t m = 0; m < evaluator.methods().size(); ++m) {
    const MethodRows& other = evaluator.methods()[m];
    if (m == *baseline || other.method.empty() || other.method == kVaeRoundTrip) continue;
    std::vector<std::string> groups = {""};
    for (const auto& group : other.groups) groups.push_back(group.first);
    for (const std::string& group : groups)
      for (std::size_t target = 0; target < settings.fmr_targets.size(); ++target)
        if (auto change = evaluator.change(*baseline, m, group, target)) result.changes.push_back(std::move(*change));
  }
}

void check(const std::vector<MatcherScores>& scores, const EvaluationSettings& settings) {
  for (const double target : settings.fmr_targets)
    if (!(target > 0 && target <= 1))
      throw Error("FMR target: " + std::to_string(target) + " is not one; give rates over 0 and at most 1");
  std::size_t rows = 0;
  std::map<std::string, std::int64_t> reasons;
  for (const MatcherScores& one : scores) {
    rows += one.table.size();
    for (std::size_t row = 0; row < one.table.size(); ++row)
      if (!one.table.failed(row)) return;
    for (const FailureCount& failure : count_failures(one.table))
      reasons[failure.reason] += failure.genuine + failure.impostor;
  }
  if (rows == 0) throw Error("nothing can be computed: there is no comparison");
  std::string why;
  for (const auto& [reason, count] : reasons)
    why += (why.empty() ? "" : ", ") + shown(reason) + " " + std::to_string(count);
  throw Error("nothing can be computed: none of the " + std::to_string(rows) +
              " comparisons has a score, all failed (" + why + ")");
}

// The lowest target that all thresholds resolve; without one the highest.
double headline_target(const Evaluation& evaluation) {
  const auto& targets = evaluation.settings.fmr_targets;
  double lowest = 2;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    bool resolved = true;
    for (const MatcherResult& matcher : evaluation.matchers)
      for (const MethodResult& method : matcher.methods)
        if (!method.cells[0].points.empty() && !method.cells[0].points[i].threshold.resolvable) resolved = false;
    if (resolved) lowest = std::min(lowest, targets[i]);
  }
  return lowest <= 1 ? lowest : *std::max_element(targets.begin(), targets.end());
}

std::string display(const std::string& name, const char* otherwise) { return name.empty() ? otherwise : name; }

void warn_of_matcher(const MatcherResult& matcher, std::vector<std::string>& warnings) {
  const std::string name = display(matcher.facts.name, "the matcher");
  std::string own, none;
  for (const MethodResult& method : matcher.methods) {
    std::string& list = method.source == ThresholdSource::kOwn ? own : none;
    if (method.source != ThresholdSource::kReal) list += (list.empty() ? "" : ", ") + display(method.method, kOriginal);
  }
  if (!own.empty())
    warnings.push_back(name + ": there are no impostor scores of real pictures, so the thresholds of " + own +
                       " come from its own impostors. Such rates are not what a system with a fixed threshold sees.");
  if (!none.empty())
    warnings.push_back(name + ", " + none + ": thresholds and error rates are not computable: no impostor score.");
  if (matcher.audit.self_pairs > 0)
    warnings.push_back(name + ": " + std::to_string(matcher.audit.self_pairs) +
                       " comparisons are of a picture with itself; they flatter the matcher.");
  if (matcher.audit.repeated_pairs > 0)
    warnings.push_back(name + ": " + std::to_string(matcher.audit.repeated_pairs) +
                       " comparisons repeat a pair that came before; they narrow every interval.");
  for (const MethodResult& method : matcher.methods)
    if (method.cells[0].genuine + method.cells[0].failed_genuine == 0)
      warnings.push_back(name + ", " + display(method.method, kOriginal) +
                         ": FNMR is not computable: no genuine comparison.");
  if (matcher.methods[0].cells[0].auc.value_or(1) < 0.5)
    warnings.push_back(name +
                       ": impostors score better than genuine pairs (AUC below 0.5); are similarity and distance "
                       "mixed up?");
}

// Persons on either side of comparisons, of all matchers.
std::set<std::string> compared_persons(const Evaluation& evaluation) {
  std::set<std::string> persons;
  for (const MatcherScores& one : evaluation.scores) {
    const NamePool& names = one.table.names();
    std::vector<bool> compared(names.size(), false);
    for (std::size_t row = 0; row < one.table.size(); ++row)
      compared[one.table.subject_probe(row)] = compared[one.table.subject_reference(row)] = true;
    for (std::uint32_t id = 1; id < names.size(); ++id)
      if (compared[id]) persons.insert(names[id]);
  }
  return persons;
}

void warn_of_groups(Evaluation& evaluation) {
  const auto& groups = evaluation.settings.demographics;
  if (groups.empty()) return;
  const std::set<std::string> persons = compared_persons(evaluation);
  check_groups(persons, groups);
  add_unmatched(unmatched_in_groups(persons, groups), evaluation);
}

void add_warnings(Evaluation& evaluation) {
  bool independent = false, trained = false;
  for (const MatcherResult& matcher : evaluation.matchers) {
    warn_of_matcher(matcher, evaluation.warnings);
    (matcher.facts.trained_against ? trained : independent) = true;
    if (matcher.facts.trained_against)
      evaluation.warnings.push_back(display(matcher.facts.name, "the matcher") +
                                    ": a loss was trained against it, so it favours that method; judge by another.");
  }
  if (trained && !independent)
    evaluation.warnings.push_back(
        "No matcher here is independent of the training: no conclusion can stand on these "
        "figures alone.");
  for (const MatcherScores& one : evaluation.scores)
    if (evaluation.settings.intervals && !names_subjects(one.table))
      evaluation.warnings.push_back(
          display(one.matcher, "the matcher") +
          ": persons are not named, so there are no intervals over subjects; Wilson intervals "
          "take comparisons for independent and are too narrow.");
}

void warn_of_missing_baseline(Evaluation& evaluation) {
  const std::string& wanted = evaluation.settings.baseline;
  for (const MatcherResult& matcher : evaluation.matchers) {
    const auto is_wanted = [&](const MethodResult& method) { return display(method.method, kOriginal) == wanted; };
    if (!wanted.empty() && std::none_of(matcher.methods.begin(), matcher.methods.end(), is_wanted))
      evaluation.warnings.push_back(display(matcher.facts.name, "the matcher") + ": it has no scores of the baseline " +
                                    wanted + ", so it compares no methods.");
  }
}

}  // namespace

std::optional<std::size_t> baseline_place(const std::vector<std::string>& methods, const std::string& wanted) {
  if (!wanted.empty()) {
    const auto found = std::find(methods.begin(), methods.end(), wanted == kOriginal ? "" : wanted);
    return found == methods.end() ? std::nullopt : std::optional<std::size_t>(found - methods.begin());
  }
  std::vector<std::size_t> edited;
  for (std::size_t m = 0; m < methods.size(); ++m)
    if (!methods[m].empty() && methods[m] != kVaeRoundTrip) edited.push_back(m);
  if (edited.size() > 1) return edited[0];
  if (edited.empty() || !methods[0].empty()) return std::nullopt;
  return 0;
}

void check_groups(const std::set<std::string>& persons, const std::map<std::string, std::string>& groups) {
  const auto has_group = [&](const std::string& person) { return groups.count(person) > 0; };
  if (groups.empty() || std::any_of(persons.begin(), persons.end(), has_group)) return;
  const std::string person = persons.empty() ? "" : *persons.begin(), listed = groups.begin()->first;
  throw Error("groups: none of the persons that are compared has one; are they called the same? " +
              (person.empty() ? "They have no names" : "The first is " + miafr::quoted(person)) +
              ", and the first of the groups " + miafr::quoted(listed));
}

void add_unmatched(std::vector<UnmatchedNames> unmatched, Evaluation& evaluation) {
  for (UnmatchedNames& names : unmatched) {
    const std::string warning = warning_of(names);
    if (std::count(evaluation.warnings.begin(), evaluation.warnings.end(), warning) > 0)
      continue;  // of another matcher
    evaluation.warnings.push_back(warning);
    evaluation.unmatched.push_back(std::move(names));
  }
}

void check_judges(const std::vector<MatcherFacts>& facts, const EvaluationSettings& settings) {
  const auto is_trained = [](const MatcherFacts& one) { return one.trained_against; };
  if (facts.empty() || settings.allow_trained_judge || !std::all_of(facts.begin(), facts.end(), is_trained)) return;
  throw Error(
      "a loss was trained against every matcher here, so none can judge it; add one that it has not seen, or give "
      "--allow-trained-judge");
}

Evaluation evaluate_scores(std::vector<MatcherScores> scores, const std::vector<MatcherFacts>& facts,
                           const EvaluationSettings& settings) {
  check(scores, settings);
  if (facts.size() == scores.size()) check_judges(facts, settings);  // the others are not trained against
  Evaluation evaluation;
  evaluation.settings = settings;
  evaluation.scores = std::move(scores);
  std::vector<MatcherEvaluator> evaluators;
  bool has_baseline = settings.baseline.empty();
  for (std::size_t i = 0; i < evaluation.scores.size(); ++i) {
    evaluators.emplace_back(evaluation.scores[i].table, evaluation.settings);
    has_baseline = has_baseline || find_baseline(evaluators.back().methods(), settings.baseline);
  }
  if (!has_baseline) throw Error("baseline: no method is named " + miafr::quoted(settings.baseline));
  for (std::size_t i = 0; i < evaluators.size(); ++i) {
    MatcherFacts of_name;
    of_name.name = evaluation.scores[i].matcher;
    evaluation.matchers.push_back(evaluators[i].run(i < facts.size() ? facts[i] : of_name));
    add_changes(evaluators[i], evaluation.settings, evaluation.matchers.back());
  }
  evaluation.headline_target = headline_target(evaluation);
  const auto& targets = settings.fmr_targets;
  const auto headline = std::find(targets.begin(), targets.end(), evaluation.headline_target) - targets.begin();
  for (std::size_t i = 0; i < evaluators.size(); ++i)
    for (std::size_t m = 0; m < evaluation.matchers[i].methods.size(); ++m)
      evaluation.matchers[i].methods[m].discard = evaluators[i].discard(m, static_cast<std::size_t>(headline));
  for (const MatcherEvaluator& evaluator : evaluators)
    add_unmatched(unmatched_in_methods(evaluator.names(), find_baseline(evaluator.methods(), settings.baseline)),
                  evaluation);
  warn_of_groups(evaluation);
  warn_of_missing_baseline(evaluation);
  add_warnings(evaluation);
  return evaluation;
}

}  // namespace miafr
