// The CMC, against scikit-learn's top-k accuracy (reference/make_cmc.py) and by hand.
#include "core/metrics/identification.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using miafr_tests::data_file;
using nlohmann::json;

std::string person(int i) { return "person " + std::to_string(i); }

void add(ScoreTable& table, int a, int b, const std::string& probe, const std::string& reference, double score,
         bool failed = false) {
  const std::string subject_a = person(a), subject_b = person(b);
  ScoredPair pair;
  pair.genuine = a == b;
  pair.score = score;
  pair.failure = failed ? "no face" : "";
  pair.subject_probe = subject_a;
  pair.subject_reference = subject_b;
  pair.probe = probe;
  pair.reference = reference;
  table.add(pair);
}

ScoreTable reference_table(const json& set, ScoreKind kind) {
  ScoreTable table(kind);
  const std::vector<int> failed = set["failed"];
  for (int probe = 0; probe < static_cast<int>(set["own"].size()); ++probe)
    for (int b = 0; b < 9; ++b)
      for (int r = 0; r < 2; ++r) {
        const double score = set["scores"][probe][b][r];
        add(table, set["own"][probe], b, "probe " + std::to_string(probe), person(b) + "/" + std::to_string(r),
            kind == ScoreKind::kSimilarity ? score : 10 - score, std::count(failed.begin(), failed.end(), probe) > 0);
      }
  return table;
}

TEST(CumulativeMatches, AreScikitLearnsTopK) {
  const json set = json::parse(std::ifstream(data_file("tests/core/metrics/reference/cmc.json").string()));
  for (const ScoreKind kind : {ScoreKind::kSimilarity, ScoreKind::kDistance}) {
    const auto matches = cumulative_matches(reference_table(set, kind));
    ASSERT_TRUE(matches);
    EXPECT_EQ(matches->gallery, 9);
    EXPECT_EQ(matches->probes, 45);
    EXPECT_EQ(matches->failed, 2);
    ASSERT_EQ(set["found"].size(), 8u);
    for (std::int64_t rank = 1; rank <= 8; ++rank) {
      EXPECT_EQ(matches->at_rank(rank).errors, set["found"][rank - 1]) << rank;
      EXPECT_EQ(matches->at_rank(rank).trials, 45);
    }
    EXPECT_EQ(matches->at_rank(9).errors, 43);  // all that have a score
    EXPECT_EQ(matches->at_rank(100).errors, 43);
  }
}

TEST(CumulativeMatches, EqualScoresCountAgainst) {
  ScoreTable table(ScoreKind::kSimilarity);
  for (int b = 0; b < 3; ++b) add(table, 0, b, "probe", person(b), 0.5);
  EXPECT_EQ(cumulative_matches(table)->found, (std::vector<std::int64_t>{0, 0, 1}));
}

// Each pair of pictures once, as real ones are compared, is the same as each picture against all others.
TEST(CumulativeMatches, PicturesOnBothSidesAreSearchedAmongTheOthers) {
  ScoreTable once(ScoreKind::kSimilarity), twice(ScoreKind::kSimilarity);
  const auto score = [](int i, int j) { return std::fmod(0.37 * (i + 1) * (j + 1), 1.0) + (i / 2 == j / 2 ? 0.3 : 0); };
  for (int i = 0; i < 8; ++i)
    for (int j = 0; j < i; ++j) {
      const std::string a = std::to_string(i), b = std::to_string(j);
      add(once, i / 2, j / 2, a, b, score(i, j));
      add(twice, i / 2, j / 2, "probe " + a, b, score(i, j));
      add(twice, j / 2, i / 2, "probe " + b, a, score(i, j));
    }
  const auto matches = cumulative_matches(once), expected = cumulative_matches(twice);
  ASSERT_TRUE(matches && expected);
  EXPECT_EQ(matches->probes, 8);
  EXPECT_EQ(matches->found, expected->found);
  EXPECT_LT(matches->found[0], 8);  // it is no trivial case
  EXPECT_GT(matches->found[0], 0);
}

TEST(CumulativeMatches, APartOfTheGalleryIsNoSearch) {
  ScoreTable table(ScoreKind::kSimilarity);
  add(table, 0, 0, "a", "x", 0.9);
  add(table, 0, 1, "a", "y", 0.1);
  add(table, 1, 1, "b", "y", 0.9);
  EXPECT_FALSE(cumulative_matches(table));  // b was not compared with person 0
  add(table, 1, 0, "b", "x", 0.2);
  EXPECT_EQ(cumulative_matches(table)->at_rank(1).errors, 2);
}

TEST(CumulativeMatches, NeedNamesAMateAndAGallery) {
  ScoreTable one(ScoreKind::kSimilarity);
  add(one, 0, 0, "a", "x", 0.9);
  EXPECT_FALSE(cumulative_matches(one));
  ScoreTable strangers(ScoreKind::kSimilarity);  // person 2 is not in the gallery
  for (int b = 0; b < 2; ++b) add(strangers, 2, b, "a", person(b), 0.4);
  EXPECT_FALSE(cumulative_matches(strangers));
  add(strangers, 0, 0, "b", person(0), 0.4);
  add(strangers, 0, 1, "b", person(1), 0.3);
  EXPECT_EQ(cumulative_matches(strangers)->probes, 1);
  ScoreTable unnamed(ScoreKind::kSimilarity);
  unnamed.add({true, 0.5});
  EXPECT_FALSE(cumulative_matches(unnamed));
  EXPECT_FALSE(cumulative_matches(ScoreTable(ScoreKind::kSimilarity)));
}

TEST(CumulativeMatches, IntervalDrawsPersons) {
  CumulativeMatches matches;
  matches.persons = {{0, 10}, {10, 10}};  // one always found, one never
  const BootstrapInterval interval = rank_one_interval(matches, {});
  EXPECT_EQ(interval.subjects, 2);
  EXPECT_EQ(interval.interval.low, 0);
  EXPECT_EQ(interval.interval.high, 1);
}

}  // namespace
