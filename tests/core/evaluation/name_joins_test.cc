// Lists of names that do not join: what is said, and what is taken for meant.
#include "core/evaluation/name_joins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/evaluation/evaluate_scores.h"

namespace miafr {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> meant_of(const std::vector<UnmatchedName>& names) {
  std::vector<std::string> meant;
  for (const UnmatchedName& one : names) meant.push_back(one.name + ">" + one.meant);
  return meant;
}

TEST(FindUnmatched, CaseAndSlipsAreMeant) {
  EXPECT_THAT(meant_of(find_unmatched({{"Anna", 1}, {"charlei", 1}, {"ben", 1}}, {"anna", "ben", "charlie"})),
              ElementsAre("Anna>anna", "charlei>charlie"));
  EXPECT_THAT(meant_of(find_unmatched({{"dora", 1}}, {"anna", "benjamin"})), ElementsAre("dora>"));
}

// Neither person is a slip for the other, though one letter tells them apart.
TEST(FindUnmatched, WhoIsInBothListsIsNotMeant) {
  EXPECT_THAT(meant_of(find_unmatched({{"person1", 1}, {"person2", 1}}, {"person1"})), ElementsAre("person2>"));
}

TEST(WarningOf, NamesTheFirstFewAndTellsHowManyMore) {
  UnmatchedNames unmatched{"person", "the probes", "the references", "picture", "So.", {}};
  for (int i = 0; i < 7; ++i) unmatched.names.push_back({"p" + std::to_string(i), i + 1, ""});
  EXPECT_EQ(warning_of(unmatched),
            "7 persons of the probes are not among the references: 'p0' (1 picture), 'p1' (2 pictures), 'p2' (3 "
            "pictures), 'p3' (4 pictures), 'p4' (5 pictures) and 2 more, which results.json names. So.");
  unmatched.names = {{"two\nlines", 1, "two"}};
  EXPECT_THAT(warning_of(unmatched), HasSubstr("1 person of the probes is not among the references: 'two\\x0alines' (1 "
                                               "picture; is 'two' meant?). So."));
}

ScoredPair pair(const char* probe, const char* subject_probe, const char* reference, const char* subject_reference,
                const char* method, const char* group = "") {
  ScoredPair row;
  row.genuine = std::string(subject_probe) == subject_reference;
  row.score = row.genuine ? 0.9 : 0.1;
  row.probe = probe;
  row.subject_probe = subject_probe;
  row.reference = reference;
  row.subject_reference = subject_reference;
  row.method = method;
  row.group = group;
  return row;
}

Evaluation evaluate(const std::vector<ScoredPair>& rows, EvaluationSettings settings = {}) {
  ScoreTable table(ScoreKind::kSimilarity);
  for (const ScoredPair& row : rows) table.add(row);
  settings.bootstrap.replicates = 10;
  std::vector<MatcherScores> scores;
  scores.push_back({"one", table});
  scores.push_back({"two", std::move(table)});  // whose names are the same, to be told once
  return evaluate_scores(std::move(scores), {}, settings);
}

const std::vector<ScoredPair> kReal = {pair("a1", "anna", "a2", "anna", ""), pair("a1", "anna", "b1", "ben", ""),
                                       pair("a2", "anna", "b1", "ben", ""), pair("a1", "anna", "c1", "cara", "")};

std::vector<ScoredPair> with(std::vector<ScoredPair> more) {
  more.insert(more.begin(), kReal.begin(), kReal.end());
  return more;
}

TEST(NameJoins, AProbeOfAPersonWithoutReferenceIsNamed) {
  const Evaluation found =
      evaluate(with({pair("x1", "Anna", "a1", "anna", "edited"), pair("x1", "Anna", "b1", "ben", "edited"),
                     pair("x2", "Anna", "a1", "anna", "edited"), pair("y", "ben", "b1", "ben", "edited")}));
  ASSERT_EQ(found.unmatched.size(), 1u);
  EXPECT_THAT(found.warnings, Contains("1 person of the probes of edited is not among the references: 'Anna' (2 "
                                       "pictures; is 'anna' meant?). They have no "
                                       "genuine comparison, and their others count as an impostor's."));
}

// Of one that the probes have not, either.
TEST(NameJoins, TheReferenceThatIsMeantIsNamed) {
  const Evaluation found = evaluate(with({pair("x1", "Cara", "a1", "anna", "edited")}));
  EXPECT_THAT(found.warnings, Contains(HasSubstr("'Cara' (1 picture; is 'cara' meant?)")));
}

TEST(NameJoins, WhereAllJoinNothingIsSaid) {
  const Evaluation found =
      evaluate(with({pair("x", "anna", "a1", "anna", "edited"), pair("y", "cara", "c1", "cara", "edited")}));
  EXPECT_THAT(found.unmatched, IsEmpty());
}

TEST(NameJoins, PersonsAndLabelsOfOneMethodAreNamed) {
  const Evaluation found = evaluate(
      with({pair("x", "anna", "a1", "anna", "ours", "elderly"), pair("y", "ben", "b1", "ben", "ours", "elderly"),
            pair("z", "anna", "a1", "anna", "theirs", "Elderly")}));
  EXPECT_THAT(found.warnings, Contains("1 person of ours is not among those of theirs: 'ben' (1 picture). Methods are "
                                       "compared on the persons that both have."));
  EXPECT_THAT(found.warnings,
              Contains(HasSubstr("1 label of theirs is not among those of ours: 'Elderly' (is 'elderly' "
                                 "meant?)")));
}

TEST(NameJoins, PersonsOfDemographicGroupsAreNamedBothWays) {
  EvaluationSettings settings;
  settings.demographics = {{"anna", "a"}, {"Ben", "a"}, {"cara", "b"}};
  const Evaluation found = evaluate(kReal, settings);
  EXPECT_THAT(found.warnings, Contains(HasSubstr("not among the persons of the demographic groups: 'ben' (is 'Ben' "
                                                 "meant?)")));
  EXPECT_THAT(found.warnings, Contains(HasSubstr("1 person of the demographic groups is not among those that are "
                                                 "compared: 'Ben' (is 'ben' meant?)")));
  settings.demographics = {{"Anna", "a"}};
  try {
    evaluate(kReal, settings);
    ADD_FAILURE();
  } catch (const Error& e) {
    EXPECT_THAT(e.what(), HasSubstr("The first is 'anna', and the first of the groups 'Anna'"));
  }
}

TEST(NameJoins, MethodsOfAnswersAreNamedBothWays) {
  Evaluation found = evaluate(with({pair("x", "anna", "a1", "anna", "ours"), pair("y", "ben", "b1", "ben", "ours")}));
  found.attributes = {{"Ours", "eyeglasses", 3, 4}, {"", "hat", 1, 1}};
  found.warnings.clear();
  add_unmatched(unmatched_in_answers(found), found);
  EXPECT_THAT(found.warnings, ElementsAre(HasSubstr("1 method of the answers is not among those that are evaluated: "
                                                    "'Ours' (4 answers; is 'ours' meant?)"),
                                          HasSubstr("1 method of those that are evaluated is not among the methods of "
                                                    "the answers: 'ours' (is 'Ours' meant?)")));
  found.attributes = {{"", "hat", 1, 1}};  // of no method in particular
  EXPECT_THAT(unmatched_in_answers(found), IsEmpty());
}

}  // namespace
}  // namespace miafr
