// Intervals over persons: against the slow way done by NumPy and scikit-learn, and against what they promise.
#include "core/metrics/bootstrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "core/metrics/method_change.h"
#include "core/metrics/operating_point.h"
#include "core/base/errors.h"
#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using namespace miafr_tests;
using nlohmann::json;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string person(std::int64_t number) { return "person " + std::to_string(number); }

ScoreTable people(const json& rows, bool reversed = false) {
  ScoreTable table(ScoreKind::kSimilarity);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const json& row = rows[reversed ? rows.size() - 1 - i : i];
    const std::string a = person(row[0]), b = person(row[1]);
    ScoredPair pair = a == b ? genuine(a, 0) : impostor(a, b, 0);
    if (row[2].is_null())
      pair.failure = "no face";
    else
      pair.score = row[2];
    table.add(pair);
  }
  return table;
}

BootstrapOptions options(int replicates, std::uint64_t seed = 1, int threads = 0) {
  BootstrapOptions options;
  options.replicates = replicates;
  options.seed = seed;
  options.threads = threads;
  return options;
}

// Both sides drew 20,000 replicates: the quantiles' own error is about 0.02 of the replicates' deviation each. Where
// all replicates are multiples of one `step`, two right quantiles may be neighbours.
void expect_interval(const BootstrapInterval& ours, const json& expected, const char* name, double step = 0) {
  const double tolerance = std::max(0.1 * expected[2].get<double>(), 1.0001 * step);
  EXPECT_NEAR(ours.interval.low, expected[0], tolerance) << name;
  EXPECT_NEAR(ours.interval.high, expected[1], tolerance) << name;
}

TEST(SubjectBootstrapTest, IntervalsAreThoseOfWrittenOutReplicates) {
  const json data = reference()["people"];
  const double threshold = data["threshold"], target = data["target"];
  const SubjectBootstrap bootstrap(people(data["rows"]), options(20000));
  const json& expected = data["bootstrap"];
  expect_interval(bootstrap.fmr(threshold), expected["fmr"], "fmr");
  expect_interval(bootstrap.fnmr(threshold), expected["fnmr"], "fnmr");
  expect_interval(bootstrap.gfrr(threshold), expected["gfrr"], "gfrr", 1 / 144.0);  // 24 persons, 6 attempts each
  expect_interval(bootstrap.fnmr_at_fmr(target), expected["fnmr_at_fmr"], "fnmr_at_fmr");
  expect_interval(bootstrap.eer(), expected["eer"], "eer");
  expect_interval(bootstrap.auc(), expected["auc"], "auc");
}

TEST(SubjectBootstrapTest, NothingButTheSeedChangesTheResult) {
  const json rows = reference()["people"]["rows"];
  const ScoreTable table = people(rows);
  const auto all = [](const SubjectBootstrap& b) {
    std::vector<double> ends;
    for (const BootstrapInterval& i : {b.fmr(1.2), b.fnmr(1.2), b.gfrr(1.2), b.fnmr_at_fmr(0.02), b.eer(), b.auc()}) {
      ends.push_back(i.interval.low);
      ends.push_back(i.interval.high);
    }
    return ends;
  };
  const auto one = all(SubjectBootstrap(table, options(300, 1, 1)));
  EXPECT_EQ(one, all(SubjectBootstrap(table, options(300, 1, 7))));
  EXPECT_EQ(one, all(SubjectBootstrap(people(rows, true), options(300, 1, 3))));  // rows in another order
  EXPECT_NE(one, all(SubjectBootstrap(table, options(300, 2, 1))));
  EXPECT_NE(one, all(SubjectBootstrap(table, options(300, 1ull << 32 | 1, 1))));
}

TEST(SubjectBootstrapTest, DrawsAreFixedForGood) {
  // The engine and its seeding are in the C++ standard: these numbers must be the same on every machine.
  std::vector<std::uint32_t> first;
  SubjectResampler(6, options(1, 42)).for_each([&](std::size_t, const auto& weights) { first = weights; });
  EXPECT_EQ(first, (std::vector<std::uint32_t>{3, 0, 1, 0, 1, 1}));
}

TEST(SubjectBootstrapTest, DistancesAreMirroredSimilarities) {
  const json rows = reference()["people"]["rows"];
  const ScoreTable similar = people(rows);
  ScoreTable distant(ScoreKind::kDistance);
  for (std::size_t row = 0; row < similar.size(); ++row) {
    ScoredPair pair = similar[row];
    pair.score = -pair.score;
    distant.add(pair);
  }
  const SubjectBootstrap a(similar, options(200)), b(distant, options(200));
  EXPECT_EQ(a.fmr(1.2).interval.high, b.fmr(-1.2).interval.high);
  EXPECT_EQ(a.fnmr_at_fmr(0.02).interval.high, b.fnmr_at_fmr(0.02).interval.high);
  EXPECT_EQ(a.auc().interval.low, b.auc().interval.low);
}

TEST(SubjectBootstrapTest, ATargetThatIsMetExactlyIsMet) {
  ScoreTable table(ScoreKind::kSimilarity);
  for (const char* name : {"a", "b", "c"}) table.add(genuine(name, 0));
  table.add(impostor("a", "b", 0.5));
  table.add(impostor("b", "c", 0.5));
  table.add(impostor("a", "c", 0.25));
  const SubjectBootstrap bootstrap(table);
  EXPECT_EQ(bootstrap.fnmr_at_fmr(1).interval.high, 0);
  EXPECT_EQ(bootstrap.fnmr_at_fmr(0.999).interval.low, 1);
}

TEST(SubjectBootstrapTest, TooFewPeopleHaveNoInterval) {
  ScoreTable table(ScoreKind::kSimilarity);
  const SubjectBootstrap none(table);
  EXPECT_TRUE(std::isnan(none.eer().interval.low));
  table.add(genuine("a", 1));
  const SubjectBootstrap one(table);
  EXPECT_EQ(one.fnmr(0.5).subjects, 1);
  EXPECT_TRUE(std::isnan(one.fnmr(0.5).interval.low));
  table.add(genuine("b", 1));
  const SubjectBootstrap two(table);  // no impostor
  EXPECT_EQ(two.fnmr(0.5).interval.high, 0);
  EXPECT_TRUE(std::isnan(two.fmr(0.5).interval.low));
  EXPECT_EQ(two.auc().undefined, 1000);
  EXPECT_TRUE(std::isnan(two.fnmr_at_fmr(0.1).interval.low));
}

TEST(SubjectBootstrapTest, ReplicatesWithoutAComparisonAreCounted) {
  ScoreTable table(ScoreKind::kSimilarity);
  table.add(genuine("a", 1));
  table.add(impostor("a", "b", 0));
  const BootstrapInterval fmr = SubjectBootstrap(table, options(1000)).fmr(0.5);
  EXPECT_EQ(fmr.replicates + fmr.undefined, 1000);
  EXPECT_NEAR(static_cast<double>(fmr.undefined), 500, 80);  // one of the two drawn twice
}

TEST(SubjectBootstrapTest, WrongInput) {
  ScoreTable table(ScoreKind::kSimilarity);
  table.add(impostor("", "", 1));
  EXPECT_THAT(error_of([&] { SubjectBootstrap bootstrap(table); }),
              HasSubstr("comparison 1 does not name its persons"));
  const ScoreTable empty(ScoreKind::kSimilarity);
  EXPECT_THROW(SubjectBootstrap(empty, options(0)), Error);
  EXPECT_THROW(SubjectBootstrap(empty, options(10, 1, -1)), Error);
  EXPECT_THROW(SubjectBootstrap(empty).fnmr_at_fmr(2), Error);
}

// Persons differ in how hard they are: error probabilities 0.05 and 0.45, half and half, so FNMR is 0.25.
TEST(CoverageTest, FnmrIntervalHoldsTheTruthAndWilsonDoesNot) {
  std::mt19937_64 engine(2024);
  constexpr int kStudies = 400, kPeople = 40, kAttempts = 20;
  int by_subject = 0, by_wilson = 0;
  for (int study = 0; study < kStudies; ++study) {
    ScoreTable table(ScoreKind::kSimilarity);
    for (int p = 0; p < kPeople; ++p) {
      const double difficulty = engine() % 2 == 0 ? 0.05 : 0.45;
      for (int i = 0; i < kAttempts; ++i)
        table.add(genuine(person(p), static_cast<double>(engine() >> 11) * 0x1p-53 < difficulty ? 0 : 1));
    }
    const Interval subject = SubjectBootstrap(table, options(400, study)).fnmr(0.5).interval;
    const Interval wilson = wilson_95(evaluate(sort_scores(table), 0.5).fnmr);
    by_subject += subject.low <= 0.25 && 0.25 <= subject.high;
    by_wilson += wilson.low <= 0.25 && 0.25 <= wilson.high;
  }
  EXPECT_NEAR(by_subject / double{kStudies}, 0.94, 0.035);  // 40 persons: a percentile interval holds 93 to 95 %
  EXPECT_LT(by_wilson / double{kStudies}, 0.75);
}

// Impostor scores are the sum of a part of each person and one of the pair.
TEST(CoverageTest, FmrIntervalKnowsThatPairsShareAPerson) {
  std::mt19937_64 engine(2025);
  std::normal_distribution<double> normal;
  constexpr int kStudies = 300, kPeople = 40;
  const double threshold = 1.2815515655446004 * std::sqrt(3.0);  // the sum has variance 3: FMR 0.1
  int by_subject = 0, by_wilson = 0;
  for (int study = 0; study < kStudies; ++study) {
    std::vector<double> part(kPeople);
    for (double& value : part) value = normal(engine);
    ScoreTable table(ScoreKind::kSimilarity);
    for (int a = 0; a < kPeople; ++a)
      for (int b = a + 1; b < kPeople; ++b)
        table.add(impostor(person(a), person(b), part[a] + part[b] + normal(engine)));
    const Interval subject = SubjectBootstrap(table, options(400, study)).fmr(threshold).interval;
    const Interval wilson = wilson_95(evaluate(sort_scores(table), threshold).fmr);
    by_subject += subject.low <= 0.1 && 0.1 <= subject.high;
    by_wilson += wilson.low <= 0.1 && 0.1 <= wilson.high;
  }
  EXPECT_GT(by_subject / double{kStudies}, 0.90);
  EXPECT_LT(by_wilson / double{kStudies}, 0.60);
}

class MethodChangeTest : public testing::Test {
 protected:
  MethodChangeTest() : before(ScoreKind::kSimilarity), after(ScoreKind::kSimilarity) { at.threshold = 0.5; }
  MethodChange change(Failures failures = Failures::kExclude) const {
    return paired_change(before, at, after, at, failures);
  }
  ScoreTable before, after;
  OperatingPoint at;
};

TEST_F(MethodChangeTest, IntervalsAreThoseOfWrittenOutReplicates) {
  const json data = reference()["people"], &paired = data["paired"];
  for (const json& row : paired["other"]) after.add(genuine(person(row[0]), row[1]));
  at.threshold = data["threshold"];
  const MethodChange change = paired_change(people(data["rows"]), at, after, at, Failures::kExclude, options(20000));
  EXPECT_EQ(change.baseline.errors, paired["errors"][0].get<std::int64_t>());
  EXPECT_EQ(change.other.errors, paired["errors"][1].get<std::int64_t>());
  EXPECT_EQ(change.baseline.trials, paired["errors"][2].get<std::int64_t>());
  EXPECT_NEAR(*change.relative, 28 / 34.0 - 1, 1e-14);
  expect_interval(change.relative_interval, paired["relative"], "relative");
  expect_interval(change.difference_interval, paired["difference"], "difference");
}

TEST_F(MethodChangeTest, PairingTakesThePersonsOut) {
  // Every person has one error less with the other method, however hard she is: the change is certain, the rates are
  // not.
  for (int p = 0; p < 30; ++p)
    for (int i = 0; i < 10; ++i) {
      before.add(genuine(person(p), i < 1 + p % 9 ? 0 : 1));
      after.add(genuine(person(p), i < p % 9 ? 0 : 1));
    }
  const MethodChange result = change();
  EXPECT_NEAR(result.difference_interval.interval.low, -0.1, 1e-12);
  EXPECT_NEAR(result.difference_interval.interval.high, -0.1, 1e-12);
  const Interval alone = SubjectBootstrap(before).fnmr(0.5).interval;
  EXPECT_GT(alone.high - alone.low, 0.1);
}

TEST_F(MethodChangeTest, PersonsOfOneMethodOnlyAreCountedAndLeftOut) {
  for (const char* name : {"a", "b", "only before"}) before.add(genuine(name, 0));
  for (const char* name : {"b", "a", "only after", "too"}) after.add(genuine(name, 1));
  const MethodChange result = change();
  EXPECT_EQ(result.subjects, 2);
  EXPECT_EQ(result.only_in_baseline, 1);
  EXPECT_EQ(result.only_in_other, 2);
  EXPECT_EQ(result.baseline.trials, 2);
  EXPECT_EQ(*result.relative, -1);
}

TEST_F(MethodChangeTest, FailuresCountWhereAsked) {
  for (const char* name : {"a", "b"}) {
    before.add(genuine(name, 0));
    before.add(genuine(name, 1));
    after.add(failed(genuine(name, 0), "no face"));
    after.add(genuine(name, 1));
  }
  EXPECT_EQ(*change(Failures::kExclude).relative, -1);  // looks perfect
  EXPECT_EQ(*change(Failures::kCountAsErrors).relative, 0);
}

TEST_F(MethodChangeTest, ABaselineWithoutErrorsHasNoRelativeChange) {
  for (const char* name : {"a", "b", "c"}) {
    before.add(genuine(name, 1));
    after.add(genuine(name, name[0] == 'a' ? 0 : 1));
  }
  const MethodChange result = change();
  EXPECT_FALSE(result.relative);
  EXPECT_DOUBLE_EQ(result.difference, 1 / 3.0);
  EXPECT_EQ(result.relative_interval.interval.high, kInfinity);
  EXPECT_GT(result.relative_interval.undefined, 0);  // replicates without "a"
}

TEST_F(MethodChangeTest, NothingInCommonAndWrongInput) {
  before.add(genuine("a", 1));
  after.add(genuine("b", 1));
  EXPECT_EQ(change().subjects, 0);
  EXPECT_TRUE(std::isnan(change().difference));
  EXPECT_TRUE(std::isnan(change().difference_interval.interval.low));
  OperatingPoint distance = at;
  distance.kind = ScoreKind::kDistance;
  EXPECT_THROW(paired_change(before, distance, after, at, Failures::kExclude), Error);
  before.add(genuine("", 1));
  EXPECT_THAT(error_of([&] { change(); }), HasSubstr("comparison 2 does not name its person"));
}

}  // namespace
