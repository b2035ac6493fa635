#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "core/metrics/bootstrap.h"
#include "core/report/evaluation.h"
#include "core/runtime/errors.h"
#include "core/runtime/shown.h"

namespace miafr {
namespace {

constexpr int kBins = 60;         // of the histograms
constexpr int kResolution = 200;  // of the plotted curves

// The comparisons of one group, with what is computed of them more than once.
struct Group {
  std::string name;
  ScoreTable table;
  SortedScores sorted;
};

bool is_original(std::string_view group) { return group.empty() || group == kOriginalGroup; }

// The original group first, then by method and label.
std::vector<Group> split(const ScoreTable& table) {
  std::set<std::tuple<bool, std::string, std::string, std::string>> names;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::string_view group = table[row].group;
    const GroupName parts = parse_group(std::string(group));
    names.insert(is_original(group) ? std::make_tuple(false, "", "", kOriginalGroup)
                                    : std::make_tuple(true, parts.method, parts.label, std::string(group)));
  }
  std::vector<Group> groups;
  for (const auto& name : names) {
    const std::string& wanted = std::get<3>(name);
    const bool original = !std::get<0>(name);
    ScoreTable rows = select(
        table, [&](const ScoredPair& pair) { return original ? is_original(pair.group) : pair.group == wanted; });
    SortedScores sorted = sort_scores(rows);
    groups.push_back({wanted, std::move(rows), std::move(sorted)});
  }
  return groups;
}

bool names_subjects(const ScoreTable& table) {
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.subject_probe(row) == 0) return false;
  return table.size() > 0;
}

std::int64_t count_subjects(const ScoreTable& table) {
  std::set<std::uint32_t> subjects;
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.genuine(row) && table.subject_probe(row) != 0) subjects.insert(table.subject_probe(row));
  return static_cast<std::int64_t>(subjects.size());
}

std::vector<ThresholdResult> choose_thresholds(const std::vector<Group>& groups, const ScoreTable& table,
                                               const std::vector<double>& targets) {
  const Group* original = nullptr;
  for (const Group& group : groups)
    if (is_original(group.name) && !group.sorted.impostor.empty()) original = &group;
  const SortedScores all = original ? SortedScores{} : sort_scores(table);
  std::vector<ThresholdResult> thresholds;
  for (const double target : targets)
    if (const auto point = point_at_fmr(original ? original->sorted : all, target))
      thresholds.push_back({target, *point, original != nullptr});
  return thresholds;
}

std::optional<Interval> usable(const BootstrapInterval& interval) {
  if (std::isnan(interval.interval.low)) return std::nullopt;
  return interval.interval;
}

OperatingResult operate(const Group& group, const ThresholdResult& threshold, const SubjectBootstrap* bootstrap) {
  OperatingResult result;
  result.target = threshold.target;
  result.at = evaluate(group.sorted, threshold.point.point);
  result.resolvable = threshold.point.resolvable;
  result.fmr_wilson = wilson_95(result.at.fmr);
  result.fnmr_wilson = wilson_95(result.at.fnmr);
  result.gfrr_wilson = wilson_95(result.at.gfrr);
  if (!bootstrap) return result;
  result.fmr_bootstrap = usable(bootstrap->fmr(result.at.threshold));
  result.fnmr_bootstrap = usable(bootstrap->fnmr(result.at.threshold));
  result.gfrr_bootstrap = usable(bootstrap->gfrr(result.at.threshold));
  return result;
}

void note_missing(GroupResult& result) {
  const auto note = [&](bool missing, const char* figure, const char* reason) {
    if (missing) result.not_computable.push_back(std::string(figure) + ": " + reason);
  };
  note(result.impostor == 0, "FMR, EER, AUC, d'", "no impostor comparison with a score");
  note(result.genuine == 0, "FNMR, EER, AUC, d'", "no genuine comparison with a score");
  note(result.operating.empty(), "operating points", "no impostor comparison to choose a threshold on");
  note(result.genuine > 0 && result.impostor > 0 && !result.d_prime, "d'", "no score varies, or a list has one score");
}

GroupResult evaluate_group(const Group& group, const std::vector<ThresholdResult>& thresholds,
                           const EvaluateOptions& options) {
  const GroupName parts = is_original(group.name) ? GroupName{} : parse_group(group.name);
  GroupResult result;
  result.group = group.name;
  result.method = parts.method;
  result.label = parts.label;
  result.subjects = count_subjects(group.table);
  result.genuine = static_cast<std::int64_t>(group.sorted.genuine.size());
  result.impostor = static_cast<std::int64_t>(group.sorted.impostor.size());
  result.failures = count_failures(group.table);
  result.eer = equal_error_rate(group.sorted);
  result.auc = area_under_curve(group.sorted);
  result.d_prime = d_prime(group.sorted);
  result.genuine_scores = summarize(group.sorted.genuine);
  result.impostor_scores = summarize(group.sorted.impostor);
  std::optional<SubjectBootstrap> bootstrap;
  if (options.replicates > 0 && names_subjects(group.table)) {
    bootstrap.emplace(group.table, BootstrapOptions{static_cast<int>(options.replicates), options.seed, 0});
    if (result.eer) result.eer_bootstrap = usable(bootstrap->eer());
  }
  std::vector<double> marked;
  for (const ThresholdResult& threshold : thresholds) {
    result.operating.push_back(operate(group, threshold, bootstrap ? &*bootstrap : nullptr));
    marked.push_back(threshold.point.point.threshold);
  }
  result.curve = thin(error_curve(group.sorted), kResolution, marked);
  note_missing(result);
  return result;
}

ScoreTable rows_of(const ScoreTable& table, const std::string& method, const std::string& label) {
  return select(table, [&](const ScoredPair& pair) {
    if (is_original(pair.group)) return false;
    const GroupName parts = parse_group(std::string(pair.group));
    return parts.method == method && (label.empty() || parts.label == label);
  });
}

// Each method against the baseline: over all labels, and label by label.
std::vector<ChangeResult> compare_methods(const ScoreTable& table, const std::vector<GroupResult>& groups,
                                          const std::vector<ThresholdResult>& thresholds,
                                          const EvaluateOptions& options) {
  std::set<std::string> methods, labels{""};
  for (const GroupResult& group : groups)
    if (group.group != kOriginalGroup) {
      methods.insert(group.method);
      labels.insert(group.label);
    }
  if (!options.baseline.empty() && !methods.count(options.baseline)) {
    std::string known;
    for (const std::string& method : methods) known += (known.empty() ? "" : ", ") + method;
    throw Error("--baseline " + miafr::quoted(options.baseline) + ": there is no such method; there are: " + known);
  }
  std::vector<ChangeResult> changes;
  if (methods.size() < 2 || options.replicates == 0 || !names_subjects(table)) return changes;
  const std::string baseline = options.baseline.empty() ? *methods.begin() : options.baseline;
  const BootstrapOptions bootstrap{static_cast<int>(options.replicates), options.seed, 0};
  for (const std::string& label : labels) {
    const ScoreTable before = rows_of(table, baseline, label);
    for (const std::string& method : methods) {
      if (method == baseline) continue;
      const ScoreTable after = rows_of(table, method, label);
      for (const ThresholdResult& threshold : thresholds)
        changes.push_back({method, baseline, label, threshold.target,
                           paired_change(before, threshold.point.point, after, threshold.point.point,
                                         Failures::kCountAsErrors, bootstrap)});
    }
  }
  return changes;
}

// The `count` rows of the kind that are accepted least (genuine) or most (impostor).
std::vector<WorstPair> worst_pairs(const ScoreTable& table, bool genuine, std::size_t count) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.genuine(row) == genuine && !table.failed(row)) rows.push_back(row);
  const double sign = direction(table.kind()) * (genuine ? 1 : -1);
  const std::size_t kept = std::min(count, rows.size());
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(),
                    [&](std::size_t a, std::size_t b) {
                      const double left = sign * table.score(a), right = sign * table.score(b);
                      return left != right ? left < right : a < b;
                    });
  std::vector<WorstPair> pairs;
  for (std::size_t i = 0; i < kept; ++i) {
    const ScoredPair pair = table[rows[i]];
    pairs.push_back({std::string(pair.probe), std::string(pair.reference), std::string(pair.subject_probe),
                     std::string(pair.subject_reference), std::string(pair.group), pair.score});
  }
  return pairs;
}

Histograms histograms_of(const std::vector<Group>& groups) {
  std::vector<const std::vector<double>*> lists;
  for (const Group& group : groups) {
    lists.push_back(&group.sorted.genuine);
    lists.push_back(&group.sorted.impostor);
  }
  return common_histograms(lists, kBins);
}

}  // namespace

GroupName parse_group(const std::string& group) {
  const std::size_t slash = group.find('/');
  if (slash == std::string::npos) return {"", group};
  return {group.substr(0, slash), group.substr(slash + 1)};
}

MatcherResult evaluate_scores(const MatcherFacts& facts, const ScoreTable& table, const EvaluateOptions& options) {
  const std::vector<Group> groups = split(table);
  const auto empty = [](const Group& g) { return g.sorted.genuine.empty() && g.sorted.impostor.empty(); };
  if (std::all_of(groups.begin(), groups.end(), empty))
    throw Error(facts.name + ": nothing can be computed: " +
                (table.size() == 0 ? "there are no comparisons" : "no comparison has a score"));
  MatcherResult result;
  result.facts = facts;
  result.kind = table.kind();
  result.thresholds = choose_thresholds(groups, table, options.targets);
  for (const Group& group : groups) result.groups.push_back(evaluate_group(group, result.thresholds, options));
  result.changes = compare_methods(table, result.groups, result.thresholds, options);
  result.histograms = histograms_of(groups);
  result.worst_genuine = worst_pairs(table, true, options.worst_pairs);
  result.closest_impostors = worst_pairs(table, false, options.worst_pairs);
  result.audit = audit_pairs(table);
  return result;
}

}  // namespace miafr
