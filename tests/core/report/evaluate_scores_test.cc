// Figures of small score lists that can be checked by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "core/report/evaluation.h"
#include "core/report/results_json.h"
#include "core/report/tables.h"
#include "core/report/warnings.h"
#include "core/runtime/errors.h"

namespace miafr {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class Scores {
 public:
  explicit Scores(ScoreKind kind) : table(kind) {}
  // Persons a, b, …: genuine comparisons of person i with itself, impostors of i with the next.
  Scores& genuine(const std::string& group, std::initializer_list<double> scores) {
    for (const double score : scores) add(true, score, group);
    return *this;
  }
  Scores& impostor(const std::string& group, std::initializer_list<double> scores) {
    for (const double score : scores) add(false, score, group);
    return *this;
  }
  Scores& failed(const std::string& group, const std::string& reason) {
    const std::string person(1, static_cast<char>('a' + count_++ % 4));
    table.add({true, 0, reason, person, person, "p" + std::to_string(count_), "r", group});
    return *this;
  }
  ScoreTable table;

 private:
  void add(bool genuine, double score, const std::string& group) {
    const std::string person(1, static_cast<char>('a' + count_ % 4));
    const std::string other(1, static_cast<char>('a' + (count_ + 1) % 4));
    ++count_;
    table.add({genuine, score, "", person, genuine ? person : other, "p" + std::to_string(count_), "r", group});
  }
  int count_ = 0;
};

MatcherFacts facts() {
  MatcherFacts facts;
  facts.name = "test";
  return facts;
}

EvaluateOptions options(std::vector<double> targets) {
  EvaluateOptions options;
  options.targets = std::move(targets);
  options.replicates = 200;
  return options;
}

ScoreTable original_and_edited() {
  return std::move(Scores(ScoreKind::kSimilarity)
                       .genuine("original", {0.9, 0.8, 0.7, 0.3})
                       .impostor("original", {0.1, 0.2, 0.4, 0.5})
                       .genuine("A/old", {0.6, 0.45})
                       .failed("A/old", "no face")
                       .impostor("A/old", {0.55, 0.2})
                       .genuine("B/old", {0.9, 0.8, 0.7, 0.1})
                       .table);
}

TEST(EvaluateScores, ThresholdsComeFromTheOriginalImpostorsAndStay) {
  const MatcherResult result = evaluate_scores(facts(), original_and_edited(), options({0.25}));
  ASSERT_EQ(result.thresholds.size(), 1u);
  EXPECT_EQ(result.thresholds[0].point.point.threshold, 0.5);  // 0.4 would accept two of four impostors
  EXPECT_TRUE(result.thresholds[0].from_original);
  ASSERT_EQ(result.groups.size(), 3u);
  const GroupResult &original = result.groups[0], &old = result.groups[1];
  EXPECT_EQ(original.group, "original");
  EXPECT_EQ(original.operating[0].at.fnmr.value(), 0.25);
  EXPECT_EQ(original.operating[0].at.fmr.value(), 0.25);
  EXPECT_EQ(old.method, "A");
  EXPECT_EQ(old.label, "old");
  EXPECT_EQ(old.operating[0].at.threshold, 0.5);
  EXPECT_EQ(old.operating[0].at.fnmr.value(), 0.5);             // 0.45 is rejected
  EXPECT_DOUBLE_EQ(old.operating[0].at.gfrr.value(), 2.0 / 3);  // and so is the image without a face
  EXPECT_EQ(old.operating[0].at.fmr.value(), 0.5);              // the edited impostor 0.55 is accepted
  ASSERT_EQ(old.failures.size(), 1u);
  EXPECT_EQ(old.failures[0].reason, "no face");
  EXPECT_EQ(old.failures[0].genuine, 1);
}

TEST(EvaluateScores, MethodsAreComparedWithTheirFailures) {
  const MatcherResult result = evaluate_scores(facts(), original_and_edited(), options({0.25}));
  ASSERT_EQ(result.changes.size(), 2u);  // all labels, and "old"
  const ChangeResult& change = result.changes[1];
  EXPECT_EQ(change.method, "B");
  EXPECT_EQ(change.baseline, "A");
  EXPECT_EQ(change.label, "old");
  EXPECT_GT(change.change.subjects, 0);
  EvaluateOptions wrong = options({0.25});
  wrong.baseline = "C";
  EXPECT_THAT([&] { evaluate_scores(facts(), original_and_edited(), wrong); },
              testing::ThrowsMessage<Error>("--baseline 'C': there is no such method; there are: A, B"));
}

TEST(EvaluateScores, WorstPairsAreTheLeastGenuineAndTheClosestImpostors) {
  const MatcherResult result = evaluate_scores(facts(), original_and_edited(), options({0.25}));
  EXPECT_EQ(result.worst_genuine[0].score, 0.1);
  EXPECT_EQ(result.worst_genuine[0].group, "B/old");
  EXPECT_EQ(result.closest_impostors[0].score, 0.55);
  const MatcherResult distance = evaluate_scores(
      facts(), Scores(ScoreKind::kDistance).genuine("", {0.2, 0.9}).impostor("", {0.5, 1.4}).table, options({0.5}));
  EXPECT_EQ(distance.worst_genuine[0].score, 0.9);
  EXPECT_EQ(distance.closest_impostors[0].score, 0.5);
  EXPECT_EQ(distance.thresholds[0].point.point.threshold, 0.9);  // the next impostor is at 1.4
  EXPECT_EQ(distance.groups[0].operating[0].at.fnmr.value(), 0);
}

TEST(EvaluateScores, WithoutOriginalImpostorsAllCountAndTheReaderIsWarned) {
  Evaluation evaluation;
  evaluation.matchers.push_back(evaluate_scores(
      facts(), Scores(ScoreKind::kSimilarity).genuine("old", {0.9}).impostor("old", {0.1, 0.2}).table, options({0.5})));
  EXPECT_FALSE(evaluation.matchers[0].thresholds[0].from_original);
  EXPECT_THAT(warnings_of(evaluation), Contains(HasSubstr("they flatter the edited images")));
}

TEST(EvaluateScores, OneListIsEnoughForWhatItSays) {
  const MatcherResult genuine =
      evaluate_scores(facts(), Scores(ScoreKind::kSimilarity).genuine("", {0.9, 0.8}).table, options({0.1}));
  EXPECT_TRUE(genuine.thresholds.empty());
  EXPECT_FALSE(genuine.groups[0].eer.has_value());
  EXPECT_THAT(genuine.groups[0].not_computable,
              ElementsAre("FMR, EER, AUC, d': no impostor comparison with a score",
                          "operating points: no impostor comparison to choose a threshold on"));
  const MatcherResult impostor =
      evaluate_scores(facts(), Scores(ScoreKind::kSimilarity).impostor("", {0.9, 0.8}).table, options({0.5}));
  EXPECT_EQ(impostor.groups[0].operating[0].at.fnmr.trials, 0);
  const MatcherResult one = evaluate_scores(
      facts(), Scores(ScoreKind::kSimilarity).genuine("", {0.9}).impostor("", {0.1}).table, options({0.1, 1}));
  EXPECT_FALSE(one.thresholds[0].point.resolvable);
  EXPECT_TRUE(one.thresholds[1].point.resolvable);
}

TEST(EvaluateScores, NothingToComputeIsAnError) {
  EXPECT_THAT([&] { evaluate_scores(facts(), ScoreTable(ScoreKind::kSimilarity), options({0.1})); },
              testing::ThrowsMessage<Error>("test: nothing can be computed: there are no comparisons"));
  EXPECT_THAT(
      [&] { evaluate_scores(facts(), Scores(ScoreKind::kSimilarity).failed("", "no face").table, options({0.1})); },
      testing::ThrowsMessage<Error>("test: nothing can be computed: no comparison has a score"));
}

TEST(EvaluateScores, AllTiesAreAcceptedOrRejectedTogether) {
  const MatcherResult result = evaluate_scores(
      facts(), Scores(ScoreKind::kSimilarity).genuine("", {1, 1, 1}).impostor("", {1, 1, 1}).table, options({0.5}));
  EXPECT_EQ(result.groups[0].operating[0].at.fnmr.value(), 1);
  EXPECT_EQ(result.groups[0].operating[0].at.fmr.value(), 0);
}

TEST(EvaluateScores, TheJudgeThatWasTrainedAgainstIsNamed) {
  Evaluation evaluation;
  MatcherFacts trained = facts();
  trained.trained_against = true;
  evaluation.matchers.push_back(evaluate_scores(trained, original_and_edited(), options({0.25})));
  EXPECT_THAT(warnings_of(evaluation), Contains(HasSubstr("was part of the training loss")));
  EXPECT_THAT(warnings_of(evaluation), Contains("no matcher here is independent of the training"));
}

TEST(ResultsJson, HasTheFiguresUnderTheirNames) {
  Evaluation evaluation;
  evaluation.targets = {0.25, 0.001};
  evaluation.matchers.push_back(evaluate_scores(facts(), original_and_edited(), options({0.25, 0.001})));
  const auto json = nlohmann::json::parse(results_json(evaluation));
  EXPECT_EQ(json["schema"], 1);
  const auto& point = json["matchers"][0]["groups"][0]["operating_points"]["0.25"];
  EXPECT_EQ(point["threshold"], 0.5);
  EXPECT_EQ(point["fnmr"], 0.25);
  EXPECT_EQ(point["fnmr_counts"], nlohmann::json({1, 4}));
  EXPECT_EQ(point["fnmr_bootstrap95"].size(), 2u);
  EXPECT_TRUE(point["resolvable"]);
  EXPECT_FALSE(json["matchers"][0]["thresholds"]["0.001"]["resolvable"]);
  EXPECT_EQ(json["matchers"][0]["groups"][1]["failed"]["no face"]["genuine"], 1);
}

TEST(Tables, AreSafeAndComplete) {
  Evaluation evaluation;
  evaluation.targets = {0.25};
  MatcherFacts named = facts();
  named.name = "a_b";
  evaluation.matchers.push_back(evaluate_scores(
      named, Scores(ScoreKind::kSimilarity).genuine("", {0.9}).impostor("", {0.1}).genuine("=A/50 % old", {0.9}).table,
      options({0.25})));
  EXPECT_THAT(operating_points_csv(evaluation), HasSubstr("a_b,'=A/50 % old,'=A,50 % old,0.25,"));
  EXPECT_THAT(table_tex(evaluation), HasSubstr("a\\_b & =A / 50 \\% old & 1"));
  EXPECT_THAT(summary_csv(evaluation), HasSubstr("a_b,,,original,fnmr@0.25,0,"));
  EXPECT_THAT(det_csv(evaluation), HasSubstr("a_b,original,inf,0,1\n"));
}

}  // namespace
}  // namespace miafr
