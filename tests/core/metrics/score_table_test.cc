// The table of comparisons, and what is computed row by row: failures, repeated pairs, error versus discard.
#include "core/metrics/score_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/metrics/discard_curve.h"
#include "core/base/errors.h"
#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using namespace miafr_tests;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

ScoredPair of_samples(std::string_view probe, std::string_view reference) {
  ScoredPair pair;
  pair.score = 0.5;
  pair.probe = probe;
  pair.reference = reference;
  return pair;
}

TEST(ScoreTableTest, GivesBackWhatWasAdded) {
  ScoreTable table(ScoreKind::kDistance);
  ScoredPair pair = genuine("anna", 0.25);
  pair.probe = "a1.png";
  pair.reference = "a2.png";
  pair.group = "child";
  table.add(pair);
  table.add(failed(impostor("anna", "ben", 3), "no face"));
  const ScoreTable moved = std::move(table);  // the names' index must survive
  EXPECT_EQ(moved.size(), 2u);
  EXPECT_EQ(moved[0].score, 0.25);
  EXPECT_EQ(moved[0].subject_probe, "anna");
  EXPECT_EQ(moved[0].reference, "a2.png");
  EXPECT_EQ(moved[0].group, "child");
  EXPECT_EQ(moved[0].failure, "");
  EXPECT_EQ(moved[1].failure, "no face");
  EXPECT_EQ(moved[1].subject_reference, "ben");
  EXPECT_TRUE(std::isnan(moved[1].score));  // a failed row's score is not looked at
}

TEST(ScoreTableTest, ScoresThatAreNoNumbersAreFailuresWithAReason) {
  ScoreTable table(ScoreKind::kSimilarity);
  table.add(genuine("a", kNaN));
  table.add(genuine("a", kInfinity));
  table.add(impostor("a", "b", -kInfinity));
  table.add(failed(genuine("a", 1), "no face"));
  table.add(genuine("a", 0.5));
  const auto failures = count_failures(table);
  ASSERT_EQ(failures.size(), 3u);
  EXPECT_EQ(failures[0].reason, "no face");
  EXPECT_EQ(failures[1].reason, "score is infinite");
  EXPECT_EQ(failures[1].genuine, 1);
  EXPECT_EQ(failures[1].impostor, 1);
  EXPECT_EQ(failures[2].reason, "score is not a number");
  const SortedScores sorted = sort_scores(table);
  EXPECT_EQ(sorted.genuine, std::vector<double>{0.5});
  EXPECT_EQ(sorted.failed_genuine, 3);
  EXPECT_EQ(sorted.failed_impostor, 1);
}

TEST(ScoreTableTest, NegativeZeroIsZero) {
  ScoreTable table(ScoreKind::kDistance);
  table.add(genuine("a", -0.0));
  EXPECT_FALSE(std::signbit(table.score(0)));
}

TEST(ScoreTableTest, LabelsThatContradictTheSubjectsAreRefused) {
  ScoreTable table(ScoreKind::kSimilarity);
  ScoredPair wrong = impostor("anna", "ben", 1);
  wrong.genuine = true;
  EXPECT_THAT(error_of([&] { table.add(wrong); }), HasSubstr("genuine, but the subjects are 'anna' and 'ben'"));
  EXPECT_THAT(error_of([&] { table.add(impostor("anna", "anna", 1)); }), HasSubstr("impostor, but the subjects are"));
  EXPECT_THAT(error_of([&] { table.add(impostor("anna", "", 1)); }), HasSubstr("only one side"));
  EXPECT_EQ(table.size(), 0u);
  table.add(impostor("", "", 1));
  EXPECT_EQ(table.size(), 1u);
}

TEST(ScoreTableTest, SelectsRows) {
  ScoreTable table(ScoreKind::kSimilarity);
  for (const char* group : {"child", "old", "child"}) {
    ScoredPair pair = genuine("a", 0.5);
    pair.group = group;
    table.add(failed(pair, "no face"));
  }
  const ScoreTable children = select_rows(table, {0, 2});
  ASSERT_EQ(children.size(), 2u);
  EXPECT_EQ(children[1].group, "child");
  EXPECT_EQ(children[1].failure, "no face");
}

TEST(ScoreTableTest, AuditFindsSelfPairsAndRepeatedPairs) {
  ScoreTable table(ScoreKind::kSimilarity);
  table.add(of_samples("a", "b"));
  table.add(of_samples("b", "a"));  // the same comparison, the other way round
  table.add(of_samples("a", "b"));
  table.add(of_samples("a", "a"));
  table.add(of_samples("a", "c"));
  table.add(of_samples("", ""));
  table.add(of_samples("", ""));
  EXPECT_EQ(audit_pairs(table).self_pairs, 1);
  EXPECT_EQ(audit_pairs(table).repeated_pairs, 2);
}

class DiscardCurveTest : public testing::Test {
 protected:
  DiscardCurveTest() : table(ScoreKind::kSimilarity) {
    for (const double score : {0.9, 0.1, 0.2, 0.8, 0.3}) table.add(genuine("a", score));
    table.add(impostor("a", "b", 0.4));
    table.add(failed(genuine("a", 0), "no face"));
    at.threshold = 0.5;
  }
  ScoreTable table;
  OperatingPoint at;
  const std::vector<double> quality = {5, 1, 2, 2, 4, 0, 3};
};

TEST_F(DiscardCurveTest, DropsTheWorstFirstAndTiesTogether) {
  const auto curve = discard_curve(table, quality, at, Failures::kExclude);
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_TRUE(std::isnan(curve[0].quality));
  EXPECT_EQ(curve[0].errors.errors, 3);
  EXPECT_EQ(curve[0].errors.trials, 5);
  EXPECT_EQ(curve[1].discarded.errors, 1);
  EXPECT_EQ(curve[1].errors.errors, 2);
  EXPECT_EQ(curve[2].quality, 2);
  EXPECT_EQ(curve[2].discarded.errors, 3);
  EXPECT_EQ(curve[2].errors.errors, 1);
  EXPECT_EQ(curve[3].errors.value(), 0);
  EXPECT_EQ(curve[3].discarded.value(), 0.8);
}

TEST_F(DiscardCurveTest, FailuresCountWhereAsked) {
  const auto curve = discard_curve(table, quality, at, Failures::kCountAsErrors);
  EXPECT_EQ(curve[0].errors.errors, 4);
  EXPECT_EQ(curve[0].errors.trials, 6);
}

TEST_F(DiscardCurveTest, MissingQualityIsTheLowest) {
  std::vector<double> gaps = quality;
  gaps[0] = kNaN;
  const auto curve = discard_curve(table, gaps, at, Failures::kExclude);
  EXPECT_EQ(curve[1].quality, -kInfinity);
  EXPECT_EQ(curve[1].errors.errors, 3);  // the one dropped was no error
  EXPECT_EQ(curve[1].errors.trials, 4);
}

TEST_F(DiscardCurveTest, NothingToDropAndWrongInput) {
  EXPECT_TRUE(discard_curve(ScoreTable(ScoreKind::kSimilarity), {}, at, Failures::kExclude).empty());
  EXPECT_THAT(error_of([&] {
                discard_curve(table, {1, 2}, at, Failures::kExclude);
              }),
              HasSubstr("2 values for 7 comparisons"));
  at.kind = ScoreKind::kDistance;
  EXPECT_THROW(discard_curve(table, quality, at, Failures::kExclude), Error);
}

}  // namespace
