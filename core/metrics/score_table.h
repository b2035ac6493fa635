// The comparisons of one matcher: who was compared with whom, and the score or why there is none.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/metrics/name_pool.h"
#include "core/plugin/score_kind.h"

namespace miafr {

struct ScoredPair {
  bool genuine = false;  // both samples are of one person; else an impostor comparison
  double score = std::numeric_limits<double>::quiet_NaN();      // not looked at where `failure` says something
  std::string_view failure = "";                                // empty: there is a score; else why there is none
  std::string_view subject_probe = "", subject_reference = "";  // persons; both or none
  std::string_view probe = "", reference = "";                  // samples (pictures); empty: not named
  std::string_view method = "";  // what edited the probe; empty: nothing, it is a real picture
  std::string_view group = "";   // age label, demographic group, ...; empty: none
  bool reference_seen = false;   // the reference was among the pictures that the method was trained on
  double quality = std::numeric_limits<double>::quiet_NaN();  // of the pair, higher is better; NaN: not known
};

// Columns of numbers, 38 bytes a comparison, 8 more where qualities are known; each name is stored once.
class ScoreTable {
 public:
  explicit ScoreTable(ScoreKind kind) : kind_(kind) {}

  // A score that is NaN or infinite counts as a failure, with that reason. Throws Error where the label contradicts the
  // subjects: genuine with two persons, impostor with one, or a person on one side only.
  void add(const ScoredPair& pair);
  void reserve(std::size_t rows);

  ScoreKind kind() const { return kind_; }
  std::size_t size() const { return score_.size(); }

  // The texts live as long as the table.
  ScoredPair operator[](std::size_t row) const;

  bool genuine(std::size_t row) const { return genuine_[row] != 0; }
  bool failed(std::size_t row) const { return failure_[row] != 0; }
  double score(std::size_t row) const { return score_[row]; }  // finite, never -0; NaN where failed
  std::uint32_t subject_probe(std::size_t row) const { return subject_probe_[row]; }          // numbers in names()
  std::uint32_t subject_reference(std::size_t row) const { return subject_reference_[row]; }  // 0: not named
  std::uint32_t probe(std::size_t row) const { return probe_[row]; }
  std::uint32_t reference(std::size_t row) const { return reference_[row]; }
  std::uint32_t failure(std::size_t row) const { return failure_[row]; }
  std::uint32_t method(std::size_t row) const { return method_[row]; }
  std::uint32_t group(std::size_t row) const { return group_[row]; }
  bool reference_seen(std::size_t row) const { return seen_[row] != 0; }
  bool has_quality() const { return !quality_.empty(); }  // of any comparison
  double quality(std::size_t row) const;                  // NaN where it is not known
  const NamePool& names() const { return *names_; }

 private:
  friend ScoreTable select_rows(const ScoreTable& table, const std::vector<std::uint32_t>& rows);

  ScoreKind kind_;
  std::shared_ptr<NamePool> names_ = std::make_shared<NamePool>();  // shared with what was selected from the table
  std::vector<double> score_;
  std::vector<double> quality_;  // empty while none is known
  std::vector<std::uint8_t> genuine_, seen_;
  std::vector<std::uint32_t> failure_, subject_probe_, subject_reference_, probe_, reference_, method_, group_;
};

// A table of those rows, in that order; their names keep their numbers. Ten million rows take a fraction of a second.
ScoreTable select_rows(const ScoreTable& table, const std::vector<std::uint32_t>& rows);

struct FailureCount {
  std::string reason;
  std::int64_t genuine = 0, impostor = 0;
};

// Comparisons without a score by reason, in alphabetical order.
std::vector<FailureCount> count_failures(const ScoreTable& table);

// Comparisons that should not be in a list: a sample with itself, and a pair of samples that came before, in either
// order. Rows without sample names are not looked at. Comparing a sample with itself flatters every matcher, and
// repeated pairs narrow every interval; a report should say both numbers where they are not 0.
struct PairAudit {
  std::int64_t self_pairs = 0, repeated_pairs = 0;
};
PairAudit audit_pairs(const ScoreTable& table);

}  // namespace miafr
