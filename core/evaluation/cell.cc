#include "core/evaluation/cell.h"

#include <cmath>

#include "core/base/interrupt.h"

namespace miafr {
namespace {

std::int64_t count_subjects(const ScoreTable& table) {
  std::vector<bool> seen(table.names().size(), false);
  for (std::size_t row = 0; row < table.size(); ++row)
    seen[table.subject_probe(row)] = seen[table.subject_reference(row)] = true;
  std::int64_t count = 0;
  for (std::size_t id = 1; id < seen.size(); ++id) count += seen[id];  // 0: not named
  return count;
}

OperatingResult at_threshold(const SortedScores& scores, const TargetPoint& threshold,
                             const std::optional<SubjectBootstrap>& bootstrap) {
  OperatingResult result;
  result.target = threshold.target;
  result.threshold = threshold;
  result.point = evaluate(scores, threshold.point);
  result.gfar = {result.point.fmr.errors, result.point.fmr.trials + scores.failed_impostor};
  if (!bootstrap) return result;
  const double t = threshold.point.threshold;
  if (result.point.fmr.trials > 0) result.fmr_interval = bootstrap->fmr(t);
  if (result.point.fnmr.trials > 0) result.fnmr_interval = bootstrap->fnmr(t);
  if (result.point.gfrr.trials > 0) result.gfrr_interval = bootstrap->gfrr(t);
  throw_if_interrupted();
  return result;
}

}  // namespace

bool names_subjects(const ScoreTable& table) {
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.subject_probe(row) == 0) return false;
  return table.size() > 0;
}

CellResult evaluate_cell(const ScoreTable& table, const std::vector<TargetPoint>& thresholds,
                         const EvaluationSettings& settings) {
  const SortedScores scores = sort_scores(table);
  CellResult cell;
  cell.subjects = count_subjects(table);
  cell.genuine = static_cast<std::int64_t>(scores.genuine.size());
  cell.impostor = static_cast<std::int64_t>(scores.impostor.size());
  cell.failed_genuine = scores.failed_genuine;
  cell.failed_impostor = scores.failed_impostor;
  cell.failures = count_failures(table);
  cell.eer = equal_error_rate(scores);
  cell.auc = area_under_curve(scores);
  cell.d_prime = d_prime(scores);
  cell.genuine_scores = summarize(scores.genuine);
  cell.impostor_scores = summarize(scores.impostor);
  std::optional<SubjectBootstrap> bootstrap;
  if (settings.intervals && names_subjects(table)) bootstrap.emplace(table, settings.bootstrap);
  if (bootstrap && cell.eer) cell.eer_interval = bootstrap->eer();
  cell.identification = cumulative_matches(table);
  if (cell.identification && settings.intervals)
    cell.rank_one_interval = rank_one_interval(*cell.identification, settings.bootstrap);
  for (const TargetPoint& threshold : thresholds) cell.points.push_back(at_threshold(scores, threshold, bootstrap));
  return cell;
}

std::vector<BandPoint> fnmr_band(const ScoreTable& table, const EvaluationSettings& settings) {
  constexpr double kPerDecade = 4, kMostPermissive = 0.5;
  if (!settings.intervals || !names_subjects(table)) return {};
  const SortedScores scores = sort_scores(table);
  if (scores.genuine.empty() || scores.impostor.empty()) return {};
  const SubjectBootstrap bootstrap(table, settings.bootstrap);
  std::vector<BandPoint> band;
  const double least = 1 / static_cast<double>(scores.impostor.size());
  for (int i = 0;; ++i) {
    const double fmr = kMostPermissive * std::pow(10, -i / kPerDecade);
    if (fmr < least) return band;
    band.push_back({fmr, bootstrap.fnmr_at_fmr(fmr).interval});
    throw_if_interrupted();
  }
}

}  // namespace miafr
