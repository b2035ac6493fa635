#include "core/metrics/method_change.h"

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Genuine comparisons and those in error, by person.
std::map<std::string, Rate> errors_by_subject(const ScoreTable& table, const OperatingPoint& at, Failures failures) {
  evaluate(SortedScores{table.kind(), {}, {}}, at);  // refuses a threshold of the other kind
  const double sign = direction(table.kind());
  std::vector<Rate> by_id(table.names().size());
  std::vector<bool> seen(table.names().size(), false);
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (!table.genuine(row)) continue;
    const std::uint32_t subject = table.subject_probe(row);
    if (subject == 0)
      throw Error("subjects: comparison " + std::to_string(row + 1) +
                  " does not name its person; pairing two methods by person needs subject_probe and subject_reference");
    seen[subject] = true;
    if (table.failed(row) && failures == Failures::kExclude) continue;
    ++by_id[subject].trials;
    by_id[subject].errors += table.failed(row) || !(sign * table.score(row) >= sign * at.threshold);
  }
  std::map<std::string, Rate> by_name;
  for (std::uint32_t id = 0; id < by_id.size(); ++id)
    if (seen[id]) by_name.emplace(table.names()[id], by_id[id]);
  return by_name;
}

using Weights = SubjectResampler::Weights;

Rate weighted_sum(const std::vector<Rate>& rates, const Weights& weights) {
  Rate sum;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    sum.errors += weights[i] * rates[i].errors;
    sum.trials += weights[i] * rates[i].trials;
  }
  return sum;
}

double relative_change(const Rate& baseline, const Rate& other) {
  if (baseline.trials == 0 || other.trials == 0) return kNaN;
  return (other.value() - baseline.value()) / baseline.value();  // x/0 is infinite, 0/0 NaN: as documented
}

}  // namespace

MethodChange paired_change(const ScoreTable& baseline, const OperatingPoint& baseline_at, const ScoreTable& other,
                           const OperatingPoint& other_at, Failures failures, const BootstrapOptions& options) {
  const auto of_baseline = errors_by_subject(baseline, baseline_at, failures);
  const auto of_other = errors_by_subject(other, other_at, failures);
  std::vector<Rate> baseline_rates, other_rates;
  for (const auto& [subject, rate] : of_baseline) {
    const auto same = of_other.find(subject);
    if (same == of_other.end()) continue;
    baseline_rates.push_back(rate);
    other_rates.push_back(same->second);
  }

  MethodChange change;
  change.subjects = static_cast<std::int64_t>(baseline_rates.size());
  change.only_in_baseline = static_cast<std::int64_t>(of_baseline.size()) - change.subjects;
  change.only_in_other = static_cast<std::int64_t>(of_other.size()) - change.subjects;
  const Weights once(baseline_rates.size(), 1);
  change.baseline = weighted_sum(baseline_rates, once);
  change.other = weighted_sum(other_rates, once);
  change.difference = change.other.value() - change.baseline.value();
  if (change.baseline.errors > 0 && change.other.trials > 0)
    change.relative = relative_change(change.baseline, change.other);

  const SubjectResampler resampler(baseline_rates.size(), options);
  change.difference_interval = resampler.interval([&](std::size_t, const Weights& weights) {
    return weighted_sum(other_rates, weights).value() - weighted_sum(baseline_rates, weights).value();
  });
  change.relative_interval = resampler.interval([&](std::size_t, const Weights& weights) {
    return relative_change(weighted_sum(baseline_rates, weights), weighted_sum(other_rates, weights));
  });
  return change;
}

}  // namespace miafr
