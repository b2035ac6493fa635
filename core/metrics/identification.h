// Closed-set identification: how far up a list of candidates the right person stands.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/metrics/rate.h"
#include "core/metrics/score_table.h"
#include "core/metrics/subject_resampler.h"

namespace miafr {

// Searches of probes in a gallery that has their person (ISO/IEC 19795-1). A person's score is the best one of the
// probe with that person's references. Persons with a score equal to the right one's come before it, so that a matcher
// without an opinion does not win. A probe that has no score with its own person was missed at every rank.
struct CumulativeMatches {
  std::int64_t gallery = 0;  // persons in it
  std::int64_t probes = 0;
  std::int64_t failed = 0;          // probes without a score with their own person
  std::vector<std::int64_t> found;  // [r]: probes whose person is among the first r + 1 candidates; `gallery` entries

  struct Person {
    std::int64_t found_first = 0, probes = 0;
  };
  std::vector<Person> persons;  // those with probes, in the order of their first probe

  // The rate of the cumulative match characteristic (CMC) at a rank from 1 on.
  Rate at_rank(std::int64_t rank) const;
};

// Searches all probes of the table. Where pictures stand on both sides of comparisons, as real ones compared with each
// other do, each of them is searched among all others. A probe whose person is not in the gallery (a person's only
// picture) is left out. Nothing where pictures or persons are not named, the gallery has one person, or a probe was
// compared with a part of the gallery's persons only: that is no search.
std::optional<CumulativeMatches> cumulative_matches(const ScoreTable& table);

// The interval of the identification rate at rank 1. The probes' persons are drawn; the gallery stays as it is.
BootstrapInterval rank_one_interval(const CumulativeMatches& matches, const BootstrapOptions& options);

}  // namespace miafr
