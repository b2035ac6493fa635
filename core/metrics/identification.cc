#include "core/metrics/identification.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/metrics/sorted_scores.h"

namespace miafr {
namespace {

// Comparison `row`, or with `swapped` the same one seen from its reference.
struct Side {
  std::uint32_t row;
  bool swapped;
};

bool is_named(const ScoreTable& table) {
  for (std::size_t row = 0; row < table.size(); ++row)
    if (table.probe(row) == 0 || table.reference(row) == 0 || table.subject_probe(row) == 0) return false;
  return table.size() > 0;
}

// Whether a picture stands on both sides.
bool is_symmetric(const ScoreTable& table) {
  std::vector<bool> probes(table.names().size(), false);
  for (std::size_t row = 0; row < table.size(); ++row) probes[table.probe(row)] = true;
  for (std::size_t row = 0; row < table.size(); ++row)
    if (probes[table.reference(row)]) return true;
  return false;
}

// A table whose comparisons are seen from one side, or from both.
class Sides {
 public:
  explicit Sides(const ScoreTable& table) : table_(table), both_(is_symmetric(table)) {}

  std::uint32_t probe(Side side) const { return side.swapped ? table_.reference(side.row) : table_.probe(side.row); }
  std::uint32_t probe_subject(Side side) const { return subject_of(side.row, side.swapped); }
  std::uint32_t subject(Side side) const { return subject_of(side.row, !side.swapped); }
  double score(Side side) const {  // higher is more alike; NaN where failed
    return direction(table_.kind()) * table_.score(side.row);
  }

  // Sorted by probe: counted, as there may be millions.
  std::vector<Side> by_probe() const {
    std::vector<std::size_t> ends(table_.names().size() + 1, 0);
    for_each([&](Side side) { ++ends[probe(side) + 1]; });
    std::partial_sum(ends.begin(), ends.end(), ends.begin());
    std::vector<Side> sorted(ends.back());
    for_each([&](Side side) { sorted[ends[probe(side)]++] = side; });
    return sorted;
  }

 private:
  template <class Visit>
  void for_each(const Visit& visit) const {
    for (std::uint32_t row = 0; row < table_.size(); ++row) {
      visit(Side{row, false});
      if (both_) visit(Side{row, true});
    }
  }
  std::uint32_t subject_of(std::uint32_t row, bool of_reference) const {
    return of_reference ? table_.subject_reference(row) : table_.subject_probe(row);
  }

  const ScoreTable& table_;
  const bool both_;
};

// Searches one probe after the other.
class Search {
 public:
  Search(const Sides& sides, const std::vector<Side>& comparisons, std::size_t names)
      : sides_(sides), in_gallery_(names, false), best_(names), last_probe_(names, 0), person_(names, kNone) {
    for (const Side& comparison : comparisons) in_gallery_[sides_.subject(comparison)] = true;
    matches_.gallery = std::count(in_gallery_.begin(), in_gallery_.end(), true);
    matches_.found.assign(static_cast<std::size_t>(matches_.gallery), 0);
  }

  // The comparisons of one probe; false where they are no search.
  bool add(const Side* begin, const Side* end) {
    const std::uint32_t probe = sides_.probe(*begin), own = sides_.probe_subject(*begin);
    std::vector<std::uint32_t> candidates;
    for (const Side* one = begin; one != end; ++one) {
      const std::uint32_t subject = sides_.subject(*one);
      const double score = sides_.score(*one);
      double& best = best_[subject];
      if (last_probe_[subject] != probe) {
        last_probe_[subject] = probe;
        candidates.push_back(subject);
        best = score;
      } else if (std::isnan(best) || score > best) {
        best = score;
      }
    }
    const bool has_mate = last_probe_[own] == probe;
    const bool only_picture = in_gallery_[own] && !has_mate;  // it is not compared with itself
    if (static_cast<std::int64_t>(candidates.size()) != matches_.gallery - (only_picture ? 1 : 0)) return false;
    if (has_mate) count(own, candidates);
    return true;
  }

  CumulativeMatches finish() {
    std::partial_sum(matches_.found.begin(), matches_.found.end(), matches_.found.begin());
    return std::move(matches_);
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  void count(std::uint32_t own, const std::vector<std::uint32_t>& candidates) {
    if (person_[own] == kNone) {
      person_[own] = matches_.persons.size();
      matches_.persons.emplace_back();
    }
    CumulativeMatches::Person& person = matches_.persons[person_[own]];
    ++matches_.probes;
    ++person.probes;
    if (std::isnan(best_[own])) {
      ++matches_.failed;
      return;
    }
    const auto before = std::count_if(candidates.begin(), candidates.end(),
                                      [&](std::uint32_t other) { return other != own && best_[other] >= best_[own]; });
    ++matches_.found[static_cast<std::size_t>(before)];
    person.found_first += before == 0;
  }

  const Sides& sides_;
  std::vector<bool> in_gallery_;           // by subject
  std::vector<double> best_;               // by subject, of the probe at hand
  std::vector<std::uint32_t> last_probe_;  // by subject: whose `best_` it is
  std::vector<std::size_t> person_;        // by subject: its place in matches_.persons
  CumulativeMatches matches_;
};

}  // namespace

Rate CumulativeMatches::at_rank(std::int64_t rank) const {
  const std::int64_t place = std::min(rank, gallery);
  return {place < 1 ? 0 : found[static_cast<std::size_t>(place - 1)], probes};
}

std::optional<CumulativeMatches> cumulative_matches(const ScoreTable& table) {
  if (!is_named(table)) return std::nullopt;
  const Sides sides(table);
  const std::vector<Side> comparisons = sides.by_probe();
  Search search(sides, comparisons, table.names().size());
  for (std::size_t begin = 0, end = 0; begin < comparisons.size(); begin = end) {
    while (end < comparisons.size() && sides.probe(comparisons[end]) == sides.probe(comparisons[begin])) ++end;
    if (!search.add(comparisons.data() + begin, comparisons.data() + end)) return std::nullopt;
  }
  CumulativeMatches matches = search.finish();
  if (matches.gallery < 2 || matches.probes == 0) return std::nullopt;
  return matches;
}

BootstrapInterval rank_one_interval(const CumulativeMatches& matches, const BootstrapOptions& options) {
  const SubjectResampler resampler(matches.persons.size(), options);
  return resampler.interval([&](std::size_t, const SubjectResampler::Weights& weights) {
    std::int64_t found = 0, probes = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      found += weights[i] * matches.persons[i].found_first;
      probes += weights[i] * matches.persons[i].probes;
    }
    return static_cast<double>(found) / static_cast<double>(probes);
  });
}

}  // namespace miafr
