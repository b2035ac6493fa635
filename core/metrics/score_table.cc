#include "core/metrics/score_table.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

void check_subjects(const ScoredPair& pair) {
  if (pair.subject_probe.empty() != pair.subject_reference.empty())
    throw Error("subjects: only one side of the comparison has a subject (" + quoted(pair.subject_probe) + " and " +
                quoted(pair.subject_reference) + "); name both or none");
  if (pair.subject_probe.empty() || (pair.subject_probe == pair.subject_reference) == pair.genuine) return;
  throw Error("label: " + std::string(pair.genuine ? "genuine" : "impostor") + ", but the subjects are " +
              quoted(pair.subject_probe) + " and " + quoted(pair.subject_reference) +
              "; genuine is for one person, impostor for two; correct the label or the subjects");
}

std::string_view failure_of(const ScoredPair& pair) {
  if (!pair.failure.empty()) return pair.failure;
  if (std::isnan(pair.score)) return "score is not a number";
  return std::isinf(pair.score) ? "score is infinite" : "";
}

}  // namespace

void ScoreTable::add(const ScoredPair& pair) {
  check_subjects(pair);
  const std::string_view failure = failure_of(pair);
  genuine_.push_back(pair.genuine);
  score_.push_back(failure.empty() ? pair.score + 0.0 : std::numeric_limits<double>::quiet_NaN());  // -0 becomes 0
  failure_.push_back(names_->id(failure));
  subject_probe_.push_back(names_->id(pair.subject_probe));
  subject_reference_.push_back(names_->id(pair.subject_reference));
  probe_.push_back(names_->id(pair.probe));
  reference_.push_back(names_->id(pair.reference));
  method_.push_back(names_->id(pair.method));
  group_.push_back(names_->id(pair.group));
  seen_.push_back(pair.reference_seen);
  if (quality_.empty() && std::isnan(pair.quality)) return;
  quality_.resize(size() - 1, std::numeric_limits<double>::quiet_NaN());
  quality_.push_back(pair.quality);
}

void ScoreTable::reserve(std::size_t rows) {
  score_.reserve(rows);
  genuine_.reserve(rows);
  seen_.reserve(rows);
  for (auto* column : {&failure_, &subject_probe_, &subject_reference_, &probe_, &reference_, &method_, &group_})
    column->reserve(rows);
}

double ScoreTable::quality(std::size_t row) const {
  return quality_.empty() ? std::numeric_limits<double>::quiet_NaN() : quality_[row];
}

ScoredPair ScoreTable::operator[](std::size_t row) const {
  const NamePool& names = *names_;
  ScoredPair pair;
  pair.genuine = genuine(row);
  pair.score = score_[row];
  pair.failure = names[failure_[row]];
  pair.subject_probe = names[subject_probe_[row]];
  pair.subject_reference = names[subject_reference_[row]];
  pair.probe = names[probe_[row]];
  pair.reference = names[reference_[row]];
  pair.method = names[method_[row]];
  pair.group = names[group_[row]];
  pair.reference_seen = reference_seen(row);
  pair.quality = quality(row);
  return pair;
}

ScoreTable select_rows(const ScoreTable& table, const std::vector<std::uint32_t>& rows) {
  ScoreTable kept(table.kind());
  kept.names_ = table.names_;
  const auto copy = [&rows](const auto& from, auto& to) {
    if (from.empty()) return;
    to.reserve(rows.size());
    for (const std::uint32_t row : rows) to.push_back(from[row]);
  };
  copy(table.score_, kept.score_);
  copy(table.quality_, kept.quality_);
  copy(table.genuine_, kept.genuine_);
  copy(table.seen_, kept.seen_);
  copy(table.failure_, kept.failure_);
  copy(table.subject_probe_, kept.subject_probe_);
  copy(table.subject_reference_, kept.subject_reference_);
  copy(table.probe_, kept.probe_);
  copy(table.reference_, kept.reference_);
  copy(table.method_, kept.method_);
  copy(table.group_, kept.group_);
  return kept;
}

std::vector<FailureCount> count_failures(const ScoreTable& table) {
  std::map<std::uint32_t, FailureCount> counts;
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.failed(row))
      ++(table.genuine(row) ? counts[table.failure(row)].genuine : counts[table.failure(row)].impostor);
  std::vector<FailureCount> sorted;
  for (auto& [reason, count] : counts) sorted.push_back({table.names()[reason], count.genuine, count.impostor});
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.reason < b.reason; });
  return sorted;
}

PairAudit audit_pairs(const ScoreTable& table) {
  PairAudit audit;
  std::vector<std::uint64_t> pairs;
  for (std::size_t row = 0; row < table.size(); ++row) {
    const std::uint64_t probe = table.probe(row), reference = table.reference(row);
    if (probe == 0 || reference == 0) continue;
    audit.self_pairs += probe == reference;
    pairs.push_back(std::min(probe, reference) << 32 | std::max(probe, reference));
  }
  std::sort(pairs.begin(), pairs.end());
  audit.repeated_pairs = pairs.end() - std::unique(pairs.begin(), pairs.end());
  return audit;
}

}  // namespace miafr
