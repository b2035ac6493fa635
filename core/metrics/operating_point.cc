#include "core/metrics/operating_point.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "core/base/errors.h"

namespace miafr {
namespace {

// The most false matches of n that are a rate of at most `target`. By the quotient as it will be printed: 29 of 100 is
// 0.29, though 0.29 * 100 is less than 29.
std::int64_t most_errors(std::int64_t n, double target) {
  const double count = static_cast<double>(n);
  auto errors = std::min(n, static_cast<std::int64_t>(target * count));
  while (errors < n && static_cast<double>(errors + 1) / count <= target) ++errors;
  while (errors > 0 && static_cast<double>(errors) / count > target) --errors;
  return errors;
}

// The most permissive observed score that rejects `rejected`; nothing where all are as permissive.
std::optional<double> observed_threshold(const SortedScores& scores, double rejected) {
  std::optional<double> threshold;
  for (const auto* list : {&scores.genuine, &scores.impostor}) {
    const std::int64_t stricter = count_stricter(scores.kind, *list, rejected);
    if (stricter == 0) continue;
    const double candidate = (*list)[stricter - 1], sign = direction(scores.kind);
    if (!threshold || sign * candidate < sign * *threshold) threshold = candidate;
  }
  return threshold;
}

double most_permissive(const SortedScores& scores) {
  if (scores.genuine.empty()) return scores.impostor.back();
  const double sign = direction(scores.kind);
  return sign * std::min(sign * scores.genuine.back(), sign * scores.impostor.back());
}

const char* word(ScoreKind kind) { return kind == ScoreKind::kSimilarity ? "similarities" : "distances"; }

}  // namespace

OperatingPoint evaluate(const SortedScores& scores, double threshold) {
  if (std::isnan(threshold)) throw Error("threshold: is not a number; give one in the unit of the scores");
  const auto genuine = static_cast<std::int64_t>(scores.genuine.size());
  const std::int64_t misses = genuine - count_accepted(scores.kind, scores.genuine, threshold);
  OperatingPoint point;
  point.kind = scores.kind;
  point.threshold = threshold;
  point.fmr = {count_accepted(scores.kind, scores.impostor, threshold),
               static_cast<std::int64_t>(scores.impostor.size())};
  point.fnmr = {misses, genuine};
  point.gfrr = {misses + scores.failed_genuine, genuine + scores.failed_genuine};
  return point;
}

OperatingPoint evaluate(const SortedScores& scores, const OperatingPoint& chosen) {
  if (scores.kind != chosen.kind)
    throw Error(std::string("threshold: it was chosen on ") + word(chosen.kind) + ", these scores are " +
                word(scores.kind) + "; choose it on scores of the same matcher");
  return evaluate(scores, chosen.threshold);
}

std::optional<TargetPoint> point_at_fmr(const SortedScores& scores, double target) {
  if (!(target >= 0 && target <= 1))
    throw Error("FMR target: " + std::to_string(target) + " is not a rate; give one from 0 to 1, such as 0.001");
  const auto impostors = static_cast<std::int64_t>(scores.impostor.size());
  if (impostors == 0) return std::nullopt;

  TargetPoint result;
  result.target = target;
  result.resolvable = 1 / static_cast<double>(impostors) <= target;
  double threshold = 0;
  const std::int64_t allowed = most_errors(impostors, target);
  if (allowed == impostors) {
    threshold = most_permissive(scores);
  } else {
    const double rejected = scores.impostor[allowed];
    const auto observed = observed_threshold(scores, rejected);
    const double accepted_end = direction(scores.kind) * std::numeric_limits<double>::infinity();
    result.observed = observed.has_value();
    threshold = observed ? *observed : std::nextafter(rejected, accepted_end);
  }
  result.point = evaluate(scores, threshold);
  if (result.point.fmr.errors == 0) result.rule_of_three = rule_of_three(impostors);
  return result;
}

}  // namespace miafr
