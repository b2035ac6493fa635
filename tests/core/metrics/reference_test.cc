// The same scores as scikit-learn, SciPy, statsmodels, NumPy and pyeer saw; see reference/README.md.
#include <gtest/gtest.h>

#include <cmath>

#include "core/metrics/error_curve.h"
#include "core/metrics/histogram.h"
#include "core/metrics/operating_point.h"
#include "core/metrics/rate.h"
#include "core/metrics/summary.h"
#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using namespace miafr_tests;
using nlohmann::json;

class ReferenceTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    set = reference()["sets"][GetParam()];
    scores = sorted_scores(kind_of(set), set["genuine"], set["impostor"]);
  }
  json set;
  SortedScores scores;
};

TEST_P(ReferenceTest, CurveIsScikitLearns) {
  const ErrorCurve curve = error_curve(scores);
  EXPECT_EQ(curve.points.size(), set["curve_points"].get<std::size_t>());
  for (const json& expected : set["curve"]) {
    const OperatingPoint at = evaluate(scores, expected[0].get<double>());
    EXPECT_EQ(at.fmr.errors, expected[1].get<std::int64_t>());
    EXPECT_EQ(at.fnmr.errors, expected[2].get<std::int64_t>());
  }
}

TEST_P(ReferenceTest, TargetsAreTheMostPermissivePointsOfThatCurve) {
  for (const json& expected : set["targets"]) {
    const auto at = point_at_fmr(scores, expected["target"]);
    EXPECT_EQ(at->point.fmr.errors, expected["false_matches"].get<std::int64_t>());
    EXPECT_EQ(at->point.fnmr.errors, expected["false_non_matches"].get<std::int64_t>());
    EXPECT_EQ(at->observed, !expected["threshold"].is_null());
    if (expected["threshold"].is_null()) continue;
    EXPECT_EQ(at->point.threshold, expected["threshold"].get<double>());
  }
}

TEST_P(ReferenceTest, SingleNumbers) {
  EXPECT_NEAR(*area_under_curve(scores), set["auc"], 1e-14);
  EXPECT_NEAR(*area_under_curve(scores), set["auc_mann_whitney"], 1e-14);
  EXPECT_NEAR(equal_error_rate(scores)->value, set["eer"], 1e-14);
  EXPECT_NEAR(*d_prime(scores), set["d_prime"], 1e-12);
}

TEST_P(ReferenceTest, ListsAsNumPyDescribesThem) {
  const auto genuine = summarize(scores.genuine);
  EXPECT_NEAR(genuine->mean, set["genuine_mean"], 1e-13);
  EXPECT_NEAR(genuine->deviation, set["genuine_deviation"], 1e-13);
  const double quantiles[] = {genuine->q05, genuine->q25, genuine->q50, genuine->q75, genuine->q95};
  for (int i = 0; i < 5; ++i) EXPECT_NEAR(quantiles[i], set["genuine_quantiles"][i], 1e-13);
}

TEST_P(ReferenceTest, HistogramsAreNumPys) {
  const auto edges = set["histogram_edges"].get<std::vector<double>>();
  const Histograms histograms = common_histograms({&scores.genuine, &scores.impostor}, 12);
  for (std::size_t i = 0; i < edges.size(); ++i) EXPECT_NEAR(histograms.edges[i], edges[i], 1e-13);
  EXPECT_EQ(histograms.counts[0], set["histogram_genuine"].get<std::vector<std::int64_t>>());
  EXPECT_EQ(histograms.counts[1], set["histogram_impostor"].get<std::vector<std::int64_t>>());
}

// pyeer prints four decimals. Where its rule is ours the numbers are; where not, see the README.
TEST_P(ReferenceTest, PyeerAgreesWhereItsRuleIsOurs) {
  constexpr double kPrinted = 0.5001e-4;
  const json& pyeer = set["pyeer"];
  EXPECT_NEAR(*area_under_curve(scores), pyeer["auc"].get<double>(), kPrinted);
  const auto genuine = summarize(scores.genuine), impostor = summarize(scores.impostor);
  const auto population = [](const ListSummary& list) {
    const double n = static_cast<double>(list.count);
    return list.deviation * list.deviation * (n - 1) / n;
  };
  const double spread = std::sqrt((population(*genuine) + population(*impostor)) / 2);
  EXPECT_NEAR(std::abs(genuine->mean - impostor->mean) / spread, pyeer["d_prime_population"], kPrinted);
  // Its FMR is the nearest to the target; ours is never above it, so our FNMR is never below.
  for (const auto& [name, target] : {std::pair{"fmr10", 0.1}, {"fmr100", 0.01}, {"fmr1000", 0.001}}) {
    const auto ours = point_at_fmr(scores, target);
    EXPECT_LE(ours->point.fmr.value(), target);
    EXPECT_GE(ours->point.fnmr.value(), pyeer[name].get<double>() - kPrinted) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Sets, ReferenceTest,
                         testing::Values("gaussian", "quantised", "tiny", "separated", "inverted", "distance",
                                         "impostor_on_top"),
                         [](const auto& info) { return info.param; });

TEST(ReferenceWilsonTest, IsStatsmodels) {
  const json rows = reference()["wilson"];
  ASSERT_EQ(rows.size(), 10u);
  for (const json& row : rows) {
    const Interval interval = wilson_95({row[0], row[1]});
    EXPECT_NEAR(interval.low, row[2], 1e-14) << row;
    EXPECT_NEAR(interval.high, row[3], 1e-14) << row;
  }
}

// The disagreement that makes the rule worth stating: one score list, two FNMRs "at FMR 0.1 %".
TEST(ReferenceDisagreementTest, NearestPointExceedsTheTarget) {
  const json set = reference()["sets"]["quantised"];
  const SortedScores scores = sorted_scores(kind_of(set), set["genuine"], set["impostor"]);
  const auto ours = point_at_fmr(scores, 0.001);
  const OperatingPoint nearest = evaluate(scores, set["pyeer"]["fmr1000_th"].get<double>());
  EXPECT_EQ(ours->point.fmr.errors, 0);
  EXPECT_GT(nearest.fmr.value(), 0.001);
  EXPECT_DOUBLE_EQ(ours->point.fnmr.value(), 0.91);
  EXPECT_DOUBLE_EQ(nearest.fnmr.value(), set["pyeer"]["fmr1000"]);
}

}  // namespace
