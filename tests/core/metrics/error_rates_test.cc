// Operating points, curves and single numbers: the rules in the headers, known answers, and lists with nothing in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "core/metrics/acquisition.h"
#include "core/metrics/error_curve.h"
#include "core/metrics/histogram.h"
#include "core/metrics/operating_point.h"
#include "core/metrics/rate.h"
#include "core/metrics/summary.h"
#include "core/base/errors.h"
#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using namespace miafr_tests;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

TEST(RateTest, NoTrialsAreNotARate) {
  EXPECT_TRUE(std::isnan(Rate{}.value()));
  EXPECT_TRUE(std::isnan(wilson_95({}).low));
  EXPECT_TRUE(std::isnan(rule_of_three(0)));
}

TEST(RateTest, RuleOfThree) {
  EXPECT_DOUBLE_EQ(rule_of_three(1875), 3.0 / 1875);
  EXPECT_DOUBLE_EQ(rule_of_three(2), 1);
}

TEST(RateTest, FewerThanThirtyErrorsAreIndicative) {
  EXPECT_TRUE((Rate{29, 100000}.indicative()));
  EXPECT_FALSE((Rate{30, 100000}.indicative()));
}

TEST(OperatingPointTest, AcceptsAtTheThresholdItself) {
  const OperatingPoint similar = evaluate(similarities({0.5, 0.6}, {0.5, 0.4}), 0.5);
  EXPECT_EQ(similar.fmr.errors, 1);
  EXPECT_EQ(similar.fnmr.errors, 0);
  const OperatingPoint distant = evaluate(distances({0.5, 0.6}, {0.5, 0.7}), 0.5);
  EXPECT_EQ(distant.fmr.errors, 1);
  EXPECT_EQ(distant.fnmr.errors, 1);
}

TEST(OperatingPointTest, DistancesAreMirroredSimilarities) {
  std::mt19937_64 engine(3);
  std::vector<double> genuine = normal_scores(engine, 1, 50), impostor = normal_scores(engine, 0, 70);
  const SortedScores straight = similarities(genuine, impostor);
  for (auto* list : {&genuine, &impostor})
    for (double& score : *list) score = -score;
  const SortedScores mirrored = distances(genuine, impostor);
  for (const double target : {0.0, 0.01, 0.1, 0.5, 1.0}) {
    const auto a = point_at_fmr(straight, target), b = point_at_fmr(mirrored, target);
    EXPECT_EQ(a->point.threshold, -b->point.threshold);
    EXPECT_EQ(a->point.fnmr.errors, b->point.fnmr.errors);
  }
  EXPECT_EQ(area_under_curve(straight), area_under_curve(mirrored));
  EXPECT_EQ(equal_error_rate(straight)->value, equal_error_rate(mirrored)->value);
  EXPECT_EQ(d_prime(straight), d_prime(mirrored));
}

TEST(OperatingPointTest, ThresholdIsTheMostPermissiveObservedScore) {
  // The genuine 0.45 rejects the impostor 0.4 and loses nobody that an impostor's score as threshold would keep.
  const SortedScores scores = similarities({0.9, 0.45, 0.3}, {0.6, 0.4, 0.2, 0.1});
  EXPECT_EQ(point_at_fmr(scores, 0.25)->point.threshold, 0.45);
  EXPECT_EQ(point_at_fmr(scores, 0.25)->point.fnmr.errors, 1);
  EXPECT_EQ(point_at_fmr(scores, 0.49)->point.threshold, 0.45);
  EXPECT_EQ(point_at_fmr(scores, 0.5)->point.threshold, 0.3);
  EXPECT_EQ(point_at_fmr(scores, 1)->point.threshold, 0.1);
  EXPECT_EQ(point_at_fmr(scores, 1)->point.fmr.value(), 1);
}

TEST(OperatingPointTest, TiesMoveTogetherAndNeverPassTheTarget) {
  const SortedScores scores = similarities({0.8, 0.5}, {0.7, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1});
  const auto at = point_at_fmr(scores, 0.3);  // 0.5 would be 4 of 10
  EXPECT_EQ(at->point.threshold, 0.7);
  EXPECT_EQ(at->point.fmr.errors, 1);
  EXPECT_EQ(at->point.fnmr.errors, 1);
  EXPECT_EQ(point_at_fmr(scores, 0.4)->point.threshold, 0.5);
}

TEST(OperatingPointTest, TargetsThatAreFractionsOfTheListAreReached) {
  for (const int n : {7, 100, 1000, 1875}) {
    std::vector<double> impostor(n);
    for (int i = 0; i < n; ++i) impostor[i] = -i;
    const SortedScores scores = similarities({}, impostor);
    for (int k = 1; k <= n; ++k) {
      const auto at = point_at_fmr(scores, static_cast<double>(k) / n);
      ASSERT_EQ(at->point.fmr.errors, k) << k << " of " << n;
      ASSERT_EQ(at->point.threshold, 1 - k);
      ASSERT_TRUE(at->resolvable);
    }
  }
}

TEST(OperatingPointTest, BelowOneImpostorNothingIsResolved) {
  std::vector<double> impostor(1000);
  for (int i = 0; i < 1000; ++i) impostor[i] = i * 0.001;
  const SortedScores scores = similarities({0.5, 1.5, 2.0}, impostor);
  const auto fine = point_at_fmr(scores, 0.001);
  EXPECT_TRUE(fine->resolvable);
  EXPECT_EQ(fine->point.fmr.errors, 1);
  EXPECT_FALSE(fine->rule_of_three);
  const auto coarse = point_at_fmr(scores, 0.0001);
  EXPECT_FALSE(coarse->resolvable);
  EXPECT_EQ(coarse->point.threshold, 1.5);
  EXPECT_EQ(coarse->point.fmr.errors, 0);
  EXPECT_DOUBLE_EQ(*coarse->rule_of_three, 0.003);
  EXPECT_FALSE(point_at_fmr(scores, 0)->resolvable);
}

TEST(OperatingPointTest, AnImpostorOnTopLeavesTheNextDouble) {
  const auto similar = point_at_fmr(similarities({0.5}, {0.9, 0.4}), 0.1);
  EXPECT_FALSE(similar->observed);
  EXPECT_EQ(similar->point.threshold, std::nextafter(0.9, kInfinity));
  EXPECT_EQ(similar->point.fmr.errors, 0);
  EXPECT_EQ(similar->point.fnmr.value(), 1);
  // On other scores that threshold is as good as any.
  EXPECT_EQ(evaluate(similarities({0.95, 0.2}, {0.9}), similar->point).fnmr.errors, 1);
  const auto distant = point_at_fmr(distances({0.5}, {0.1, 0.9}), 0.1);
  EXPECT_EQ(distant->point.threshold, std::nextafter(0.1, -kInfinity));
}

TEST(OperatingPointTest, AThresholdIsAppliedUnchangedToOtherScores) {
  const auto real = point_at_fmr(similarities({}, {0.1, 0.2, 0.3, 0.7}), 0.25);
  const SortedScores edited = similarities({0.9, 0.8, 0.65, 0.2}, {0.75, 0.1});
  const OperatingPoint applied = evaluate(edited, real->point);
  EXPECT_EQ(applied.threshold, 0.7);
  EXPECT_EQ(applied.fnmr.errors, 2);
  EXPECT_EQ(applied.fnmr.trials, 4);
  EXPECT_EQ(applied.fmr.errors, 1);  // its own FMR, which is not the target's
  const Interval wilson = wilson_95(applied.fnmr);
  EXPECT_NEAR(wilson.low, 0.1500390, 1e-7);
  EXPECT_NEAR(wilson.high, 0.8499610, 1e-7);
}

TEST(OperatingPointTest, AThresholdOfDistancesIsRefusedForSimilarities) {
  const auto chosen = point_at_fmr(distances({0.1}, {0.5}), 1);
  EXPECT_THAT(error_of([&] { evaluate(similarities({0.1}, {0.5}), chosen->point); }),
              HasSubstr("chosen on distances, these scores are similarities"));
}

TEST(OperatingPointTest, FailedGenuineAttemptsAreFalseRejectsInGfrr) {
  const SortedScores scores = similarities({0.9, 0.8, 0.1, kNaN, kInfinity}, {0.2, -kInfinity});
  EXPECT_EQ(scores.failed_genuine, 2);
  EXPECT_EQ(scores.failed_impostor, 1);
  const OperatingPoint point = evaluate(scores, 0.5);
  EXPECT_EQ(point.fnmr.errors, 1);
  EXPECT_EQ(point.fnmr.trials, 3);
  EXPECT_EQ(point.gfrr.errors, 3);
  EXPECT_EQ(point.gfrr.trials, 5);
  EXPECT_EQ(point.fmr.trials, 1);
}

TEST(OperatingPointTest, AMethodThatDestroysFacesDoesNotWin) {
  // The second method's bad pictures give no score: FNMR gets better, GFRR does not.
  const OperatingPoint honest = evaluate(similarities({0.9, 0.8, 0.2, 0.1}, {}), 0.5);
  const OperatingPoint broken = evaluate(similarities({0.9, 0.8, kNaN, kNaN}, {}), 0.5);
  EXPECT_LT(broken.fnmr.value(), honest.fnmr.value());
  EXPECT_EQ(broken.gfrr.value(), honest.gfrr.value());
}

TEST(OperatingPointTest, TargetsOutsideZeroToOneAreRefused) {
  const SortedScores scores = similarities({1}, {0});
  for (const double target : {-0.1, 1.1, kNaN}) EXPECT_THROW(point_at_fmr(scores, target), Error);
  EXPECT_THROW(evaluate(scores, kNaN), Error);
}

TEST(EmptyListTest, EveryFigureSaysSo) {
  for (const SortedScores& scores : {similarities({}, {}), similarities({0.5}, {}), similarities({}, {0.5})}) {
    EXPECT_EQ(point_at_fmr(scores, 0.1).has_value(), !scores.impostor.empty());
    EXPECT_FALSE(equal_error_rate(scores));
    EXPECT_FALSE(area_under_curve(scores));
    EXPECT_FALSE(d_prime(scores));
    EXPECT_EQ(error_curve(scores).points.size(), 1 + scores.genuine.size() + scores.impostor.size());
    EXPECT_FALSE(thin(error_curve(scores), 10).points.empty());
    EXPECT_EQ(std::isnan(evaluate(scores, 0).fnmr.value()), scores.genuine.empty());
  }
  EXPECT_FALSE(summarize({}));
}

TEST(SummaryTest, AllTied) {
  const SortedScores scores = similarities({0.5, 0.5, 0.5}, {0.5, 0.5});
  EXPECT_EQ(area_under_curve(scores), 0.5);
  EXPECT_EQ(equal_error_rate(scores)->value, 0.5);
  EXPECT_EQ(equal_error_rate(scores)->stricter.threshold, kInfinity);
  EXPECT_EQ(equal_error_rate(scores)->laxer.threshold, 0.5);
  EXPECT_FALSE(d_prime(scores));
  EXPECT_EQ(error_curve(scores).points.size(), 2u);
}

TEST(SummaryTest, EqualErrorRateGivesBothNeighbours) {
  // Points (FMR, FNMR) as the threshold falls: (0, .5) at 0.6, (.25, .5) at 0.55, (.5, .5) at 0.5: on the diagonal.
  const auto exact = equal_error_rate(similarities({0.6, 0.2}, {0.55, 0.5, 0.1, 0.05}));
  EXPECT_EQ(exact->value, 0.5);
  EXPECT_EQ(exact->stricter.threshold, 0.5);
  EXPECT_EQ(exact->laxer.threshold, 0.5);
  // (0, 1/3) at 0.7, then 0.5 is both: (0.5, 0). Line: FMR = 0 + s/2, FNMR = (1 - s)/3, equal at s = 0.4.
  const auto between = equal_error_rate(similarities({0.8, 0.7, 0.5}, {0.5, 0.1}));
  EXPECT_DOUBLE_EQ(between->value, 0.2);
  EXPECT_EQ(between->stricter.threshold, 0.7);
  EXPECT_EQ(between->stricter.fnmr.errors, 1);
  EXPECT_EQ(between->laxer.threshold, 0.5);
  EXPECT_EQ(between->laxer.fmr.errors, 1);
}

TEST(SummaryTest, PerfectAndInverted) {
  const SortedScores perfect = similarities({3, 4, 5}, {0, 1}), inverted = similarities({0, 1}, {3, 4, 5});
  EXPECT_EQ(equal_error_rate(perfect)->value, 0);
  EXPECT_EQ(area_under_curve(perfect), 1);
  EXPECT_EQ(equal_error_rate(inverted)->value, 1);
  EXPECT_EQ(area_under_curve(inverted), 0);
  EXPECT_LT(*d_prime(inverted), 0);
}

TEST(SummaryTest, TwoGaussiansHaveTheKnownRates) {
  std::mt19937_64 engine(11);
  constexpr double kSeparation = 2;
  const SortedScores scores =
      similarities(normal_scores(engine, kSeparation, 400000), normal_scores(engine, 0, 400000));
  // Five standard errors of each estimate.
  EXPECT_NEAR(*d_prime(scores), kSeparation, 0.02);
  EXPECT_NEAR(equal_error_rate(scores)->value, normal_cdf(-kSeparation / 2), 0.003);
  EXPECT_NEAR(*area_under_curve(scores), normal_cdf(kSeparation / std::sqrt(2.0)), 0.002);
  constexpr double kQuantile99 = 2.3263478740408408;
  const auto point = point_at_fmr(scores, 0.01);
  EXPECT_NEAR(point->point.threshold, kQuantile99, 0.03);
  EXPECT_NEAR(point->point.fnmr.value(), normal_cdf(kQuantile99 - kSeparation), 0.012);
}

TEST(SummaryTest, ListsAreDescribedWhateverTheirDirection) {
  const auto descending = summarize({5, 4, 3, 2, 1}), ascending = summarize({1, 2, 3, 4, 5});
  EXPECT_EQ(descending->q25, 2);
  EXPECT_EQ(ascending->q25, 2);
  EXPECT_DOUBLE_EQ(ascending->q95, 4.8);
  EXPECT_DOUBLE_EQ(ascending->deviation, std::sqrt(2.5));
  EXPECT_TRUE(std::isnan(summarize({1})->deviation));
}

TEST(ErrorCurveTest, IsTheEvaluationAtEveryThreshold) {
  std::mt19937_64 engine(5);
  std::vector<double> genuine = normal_scores(engine, 1, 60), impostor = normal_scores(engine, 0, 90);
  for (auto* list : {&genuine, &impostor})
    for (double& score : *list) score = std::round(score * 5) / 5;  // ties within and across
  for (const SortedScores& scores : {similarities(genuine, impostor), distances(genuine, impostor)}) {
    const ErrorCurve curve = error_curve(scores);
    for (const CurvePoint& point : curve.points) {
      const OperatingPoint at = evaluate(scores, point.threshold);
      ASSERT_EQ(point.false_matches, at.fmr.errors);
      ASSERT_EQ(point.false_non_matches, at.fnmr.errors);
    }
    EXPECT_EQ(curve.points.front().false_non_matches, 60);
    EXPECT_EQ(curve.points.back().false_matches, 90);
    // The area under the steps' trapezoids is the same count by another way.
    double area = 0;
    for (std::size_t i = 1; i < curve.points.size(); ++i)
      area += (curve.fmr(curve.points[i]) - curve.fmr(curve.points[i - 1])) *
              (2 - curve.fnmr(curve.points[i]) - curve.fnmr(curve.points[i - 1])) / 2;
    EXPECT_NEAR(area, *area_under_curve(scores), 1e-12);
  }
}

class ThinningTest : public testing::Test {
 protected:
  ThinningTest() {
    std::mt19937_64 engine(9);
    scores = similarities(normal_scores(engine, 2, 20000), normal_scores(engine, 0, 80000));
    full = error_curve(scores);
  }
  SortedScores scores;
  ErrorCurve full;
};

TEST_F(ThinningTest, KeepsOnlyPointsOfTheCurveAndBothEnds) {
  const ErrorCurve thinned = thin(full, 100);
  EXPECT_LT(thinned.points.size(), 3000u);
  EXPECT_GT(thinned.points.size(), 300u);
  for (const CurvePoint& point : thinned.points) {
    const OperatingPoint at = evaluate(scores, point.threshold);
    ASSERT_EQ(point.false_matches, at.fmr.errors);
    ASSERT_EQ(point.false_non_matches, at.fnmr.errors);
  }
  EXPECT_EQ(thinned.points.front().threshold, kInfinity);
  EXPECT_EQ(thinned.points.back().threshold, full.points.back().threshold);
}

TEST_F(ThinningTest, EveryLeftOutPointLiesBetweenCloseNeighbours) {
  constexpr int kResolution = 100;
  const ErrorCurve thinned = thin(full, kResolution);
  std::size_t next = 0;
  for (const CurvePoint& point : full.points) {
    if (point.threshold == thinned.points[next].threshold) {
      ++next;
      continue;
    }
    const CurvePoint &stricter = thinned.points[next - 1], &laxer = thinned.points[next];
    for (const auto rate : {&ErrorCurve::fmr, &ErrorCurve::fnmr}) {
      const double a = (full.*rate)(stricter), b = (full.*rate)(laxer);
      ASSERT_LE(std::abs(a - b), 1.0 / kResolution);
      ASSERT_EQ(a > 0, b > 0);
      ASSERT_LE(a > 0 ? std::abs(std::log10(a / b)) : 0, 1.0 / kResolution);
    }
  }
  EXPECT_EQ(next, thinned.points.size());
}

TEST_F(ThinningTest, PrintedPointsStay) {
  std::vector<double> printed;
  for (const double target : {0.1, 0.01, 0.001}) printed.push_back(point_at_fmr(scores, target)->point.threshold);
  printed.push_back(0.6);  // not a score: its rates are those of the next stricter one
  const ErrorCurve thinned = thin(full, 1, printed);
  for (const double threshold : printed) {
    const OperatingPoint at = evaluate(scores, threshold);
    EXPECT_TRUE(std::any_of(thinned.points.begin(), thinned.points.end(), [&](const CurvePoint& point) {
      return point.false_matches == at.fmr.errors && point.false_non_matches == at.fnmr.errors;
    })) << threshold;
  }
  EXPECT_THROW(thin(full, 0), Error);
}

TEST(HistogramTest, BinsAreCommonAndHoldEveryScore) {
  const std::vector<double> a = {0, 0.25, 0.5, 1}, b = {0.5, 0.75};
  const Histograms histograms = common_histograms({&a, &b}, 4);
  EXPECT_THAT(histograms.edges, ElementsAre(0, 0.25, 0.5, 0.75, 1));
  EXPECT_THAT(histograms.counts[0], ElementsAre(1, 1, 1, 1));
  EXPECT_THAT(histograms.counts[1], ElementsAre(0, 0, 1, 1));
}

TEST(HistogramTest, OneValueNoValueAndNonsense) {
  const std::vector<double> tied = {2, 2}, none, nan = {kNaN}, huge = {-1e308, 1e308};
  EXPECT_THAT(common_histograms({&tied}, 2).edges, ElementsAre(1.5, 2, 2.5));
  EXPECT_THAT(common_histograms({&tied}, 2).counts[0], ElementsAre(0, 2));
  EXPECT_THAT(common_histograms({&none}, 2).edges, ElementsAre(0, 0.5, 1));
  EXPECT_THROW(common_histograms({&nan}, 2), Error);
  EXPECT_THROW(common_histograms({&huge}, 2), Error);
  EXPECT_THROW(common_histograms({&tied}, 0), Error);
}

TEST(AcquisitionTest, CountsProbesPersonsAndReasons) {
  const AcquisitionCounts counts = count_acquisitions({
      {"anna", true, ""},
      {"anna", true, "no face"},  // one reference is enough
      {"ben", true, "no face"},
      {"ben", true, "unreadable"},
      {"anna", false, ""},
      {"anna", false, "no face"},
      {"carl", false, "no face"},
  });
  EXPECT_EQ(counts.fta.errors, 2);
  EXPECT_EQ(counts.fta.trials, 3);
  EXPECT_EQ(counts.fte.errors, 1);
  EXPECT_EQ(counts.fte.trials, 2);
  EXPECT_EQ(counts.probe_failures.at("no face"), 2);
  EXPECT_EQ(counts.reference_failures.at("no face"), 2);
  EXPECT_EQ(counts.reference_failures.at("unreadable"), 1);
  EXPECT_TRUE(std::isnan(count_acquisitions({}).fta.value()));
}

}  // namespace
