// The figures of a report against what scikit-learn, statsmodels and NumPy find, and what the writers make of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "core/base/errors.h"
#include "core/evaluation/demographic_groups.h"
#include "core/evaluation/evaluate_scores.h"
#include "core/io/csv.h"
#include "core/report/csv_tables.h"
#include "core/report/plots.h"
#include "core/report/page_pictures.h"
#include "core/report/report_html.h"
#include "core/report/results_json.h"
#include "core/report/table_tex.h"
#include "core/report/text.h"
#include "tests/core/report/sample_evaluation.h"
#include "tests/support/files.h"

namespace miafr_tests {
namespace {

using namespace miafr;
using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr double kExact = 1e-12;

json reference() { return json::parse(std::ifstream(data_file("tests/core/report/reference/reference.json"))); }

Evaluation evaluate_reference(EvaluationSettings settings = {}) {
  const json expected = reference();
  MatcherScoresCsv csv =
      read_matcher_scores_csv(data_file("tests/core/report/reference/scores.csv"), [&](const std::string& matcher) {
        return expected[matcher]["kind"] == "distance" ? ScoreKind::kDistance : ScoreKind::kSimilarity;
      });
  return evaluate_scores(std::move(csv.matchers), {}, settings);
}

const Evaluation& sample() {
  static const auto& evaluation = *[] {
    EvaluationSettings settings;
    settings.bootstrap.replicates = 50;
    return new Evaluation(sample_evaluation({6, 3, 2}, settings));
  }();
  return evaluation;
}

// Two columns are enough; a row "g 0.5 METHOD GROUP".
Evaluation evaluate_rows(const std::vector<std::tuple<bool, double, std::string, std::string>>& rows,
                         EvaluationSettings settings = {}) {
  MatcherScores scores{"net", ScoreTable(ScoreKind::kSimilarity)};
  for (const auto& [genuine, score, method, group] : rows) {
    ScoredPair pair;
    pair.genuine = genuine;
    pair.score = score;
    pair.method = method;
    pair.group = group;
    scores.table.add(pair);
  }
  std::vector<MatcherScores> all;
  all.push_back(std::move(scores));
  return evaluate_scores(std::move(all), {}, settings);
}

TEST(EvaluateScores, AgreesWithTheReference) {
  const json expected = reference();
  const Evaluation evaluation = evaluate_reference();
  ASSERT_EQ(evaluation.matchers.size(), 2u);
  int cells = 0;
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods)
      for (const CellResult& cell : method.cells) {
        const std::string name = method_text(method.method) + "/" + group_text(cell);
        SCOPED_TRACE(matcher.facts.name + " " + name);
        const json& of = expected[matcher.facts.name]["cells"].at(name);
        ++cells;
        EXPECT_EQ(cell.genuine, of["genuine"]);
        EXPECT_EQ(cell.impostor, of["impostor"]);
        EXPECT_EQ(cell.failed_genuine, of["genuine_failed"]);
        EXPECT_EQ(cell.subjects, 8);
        EXPECT_NEAR(cell.auc.value(), of["auc"], kExact);
        EXPECT_NEAR(cell.eer->value, of["eer"], kExact);
        EXPECT_NEAR(cell.d_prime.value(), of["dprime"], 1e-10);
        ASSERT_EQ(cell.points.size(), 3u);
        for (const OperatingResult& at : cell.points) {
          const json& point = of["operating_points"].at(shortest(at.target));
          EXPECT_EQ(at.point.threshold, point["threshold"]);
          EXPECT_EQ(at.point.fmr.errors, point["false_matches"]);
          EXPECT_EQ(at.point.fnmr.errors, point["false_non_matches"]);
          EXPECT_NEAR(at.point.gfrr.value(), point["gfrr"], kExact);
          EXPECT_NEAR(wilson_95(at.point.fnmr).low, point["fnmr_wilson95"][0], 1e-10);
          EXPECT_NEAR(wilson_95(at.point.fnmr).high, point["fnmr_wilson95"][1], 1e-10);
        }
      }
  EXPECT_EQ(cells, 2 * 9);
}

TEST(EvaluateScores, PairedChangeAgreesWithAnIndependentBootstrap) {
  const json expected = reference();
  EvaluationSettings settings;
  settings.fmr_targets = {0.01};
  settings.bootstrap.replicates = 20000;
  for (const MatcherResult& matcher : evaluate_reference(settings).matchers) {
    EXPECT_EQ(matcher.baseline, "plain");
    const ChangeResult& change = matcher.changes.at(0);
    EXPECT_EQ(change.method, "identity loss");
    const json& of = expected[matcher.facts.name]["change"];
    EXPECT_NEAR(change.fnmr.relative.value(), of["relative"], kExact);
    EXPECT_NEAR(change.fnmr.relative_interval.interval.low, of["interval"][0], 0.01);
    EXPECT_NEAR(change.fnmr.relative_interval.interval.high, of["interval"][1], 0.01);
  }
}

TEST(Demographics, AgreeWithFairlearn) {
  const json expected = json::parse(std::ifstream(data_file("tests/core/report/reference/demographics.json")));
  EvaluationSettings settings;
  settings.demographics = expected["groups"].get<std::map<std::string, std::string>>();
  const Evaluation evaluation = evaluate_reference(settings);
  EXPECT_THAT(evaluation.warnings,
              testing::Contains(HasSubstr(
                  "1 person of those that are compared is not among the persons of the demographic groups: ")));
  int ratios = 0;
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods) {
      ASSERT_EQ(method.demographics.size(), 3u);
      for (std::size_t i = 0; i < settings.fmr_targets.size(); ++i) {
        const json& of = expected[matcher.facts.name][method.method].at(shortest(settings.fmr_targets[i]));
        SCOPED_TRACE(matcher.facts.name + " " + method.method + " " + of.dump());
        for (const CellResult& group : method.demographics) {
          EXPECT_EQ(group.points[i].point.threshold, method.cells[0].points[i].point.threshold);
          EXPECT_NEAR(group.points[i].point.fnmr.value(), of["fnmr"].at(group.group), kExact);
          if (group.group == "west")
            EXPECT_EQ(group.points[i].point.fmr.trials, 0);  // one person
          else
            EXPECT_NEAR(group.points[i].point.fmr.value(), of["fmr"].at(group.group), kExact);
        }
        const auto compare = [&](RateKind kind, const json& lowest_to_highest) {
          const Differential apart = differential(method.demographics, i, kind);
          if (lowest_to_highest.is_null() || lowest_to_highest == 0) {
            EXPECT_TRUE(std::isnan(apart.ratio) && std::isnan(apart.to_mean));
            return;
          }
          ++ratios;
          EXPECT_NEAR(1 / apart.ratio, lowest_to_highest, kExact);
          EXPECT_LE(apart.to_mean, apart.ratio);
          EXPECT_GE(apart.to_mean, 1);
        };
        compare(RateKind::kFnmr, of["fnmr_lowest_to_highest"]);
        compare(RateKind::kFmr, of["fmr_lowest_to_highest"]);
      }
    }
  EXPECT_GT(ratios, 8);
}

TEST(Demographics, AreReadFromAFile) {
  const fs::path file = temporary_folder() / "groups.csv";
  const auto read = [&](const std::string& text) {
    std::ofstream(file) << text;
    return read_demographic_groups(file);
  };
  const auto refusal = [&](const std::string& text) -> std::string {
    try {
      read(text);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(read("group,subject\n\"a, b\",anna\n'=x,otto\n"),
            (std::map<std::string, std::string>{{"anna", "a, b"}, {"otto", "=x"}}));
  EXPECT_THAT(refusal("subject\nanna\n"), HasSubstr("groups.csv:1: there is no column 'group'"));
  EXPECT_THAT(refusal("subject,group\nanna,\n"), HasSubstr("groups.csv:2: there is no group"));
  EXPECT_THAT(refusal("subject,group\nanna,a\nanna,b\n"), HasSubstr(":3: person 'anna' is in two groups, 'a' and 'b'"));
  EXPECT_THAT(refusal("subject,group\n"), HasSubstr("there are no persons in it"));
  EvaluationSettings settings;
  settings.demographics = {{"nobody", "a"}};
  EXPECT_THROW(evaluate_reference(settings), Error);
}

TEST(EvaluateScores, RealThresholdsAreAppliedUnchanged) {
  for (const MatcherResult& matcher : evaluate_reference().matchers) {
    const auto& real = matcher.methods[0].cells[0].points;
    EXPECT_EQ(matcher.methods[0].method, "");
    for (const MethodResult& method : matcher.methods) {
      EXPECT_EQ(method.source, ThresholdSource::kReal);
      for (const CellResult& cell : method.cells)
        for (std::size_t i = 0; i < real.size(); ++i)
          EXPECT_EQ(cell.points[i].point.threshold, real[i].point.threshold);
    }
  }
}

TEST(EvaluateScores, WithoutRealImpostorsThresholdsAreTheMethodsOwnAndItIsSaid) {
  const Evaluation evaluation =
      evaluate_rows({{true, 0.9, "a", ""}, {false, 0.1, "a", ""}, {true, 0.5, "b", ""}, {false, 0.4, "b", ""}});
  EXPECT_EQ(evaluation.matchers[0].methods[0].source, ThresholdSource::kOwn);
  EXPECT_EQ(evaluation.matchers[0].methods[0].cells[0].points[0].point.threshold, 0.9);
  EXPECT_EQ(evaluation.matchers[0].methods[1].cells[0].points[0].point.threshold, 0.5);
  EXPECT_THAT(evaluation.warnings, testing::Contains(HasSubstr("no impostor scores of real pictures, so the thresholds "
                                                               "of a, b come from its own impostors")));
}

TEST(EvaluateScores, OldFilesHaveGroupsOnly) {
  const Evaluation evaluation = evaluate_rows({{true, 0.9, "", ""},
                                               {false, 0.1, "", "original"},
                                               {true, 0.8, "", "child"},
                                               {true, 0.05, "", "old"},
                                               {false, 0.2, "", "all"}});
  const auto& methods = evaluation.matchers[0].methods;
  ASSERT_EQ(methods.size(), 2u);
  EXPECT_EQ(methods[0].cells[0].impostor, 2);
  EXPECT_EQ(methods[1].method, "edited");
  ASSERT_EQ(methods[1].cells.size(), 3u);
  EXPECT_EQ(methods[1].cells[1].group, "child");
  EXPECT_EQ(methods[1].cells[2].points[0].point.fnmr.errors, 1);
}

TEST(EvaluateScores, AllTies) {
  const CellResult cell =
      evaluate_rows({{true, 1, "", ""}, {true, 1, "", ""}, {false, 1, "", ""}}).matchers[0].methods[0].cells[0];
  EXPECT_DOUBLE_EQ(cell.auc.value(), 0.5);
  EXPECT_DOUBLE_EQ(cell.eer->value, 0.5);
  EXPECT_FALSE(cell.d_prime);
  EXPECT_EQ(cell.points[0].point.fnmr.errors, 2);  // accepting the tie would accept the impostor
  EXPECT_FALSE(cell.points[0].threshold.resolvable);
  EXPECT_EQ(cell.points[0].threshold.rule_of_three.value(), 1);
}

TEST(EvaluateScores, GenuineOnlyAndImpostorOnly) {
  const Evaluation genuine = evaluate_rows({{true, 1, "", ""}});
  EXPECT_TRUE(genuine.matchers[0].methods[0].cells[0].points.empty());
  EXPECT_THAT(genuine.warnings, testing::Contains(HasSubstr("not computable: no impostor score")));
  EXPECT_THAT(report_html(genuine, {}), HasSubstr("Not computable: there is no impostor score"));
  EXPECT_THAT(table_tex(genuine), HasSubstr("n/a"));
  const Evaluation impostor = evaluate_rows({{false, 1, "", ""}});
  EXPECT_THAT(impostor.warnings, testing::Contains(HasSubstr("FNMR is not computable: no genuine comparison")));
  EXPECT_THAT(report_html(impostor, {}), HasSubstr("no genuine pair"));
}

TEST(EvaluateScores, NothingToCompute) {
  const auto reason_of = [](const std::vector<std::tuple<bool, double, std::string, std::string>>& rows) {
    try {
      evaluate_rows(rows);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(reason_of({}), "nothing can be computed: there is no comparison");
  EXPECT_EQ(reason_of({{true, std::nan(""), "", ""}, {false, std::nan(""), "", ""}}),
            "nothing can be computed: none of the 2 comparisons has a score, all failed (score is not a number 2)");
}

TEST(EvaluateScores, ReferencesSeenInTrainingAreReportedApart) {
  MatcherScores scores{"", ScoreTable(ScoreKind::kSimilarity)};
  for (const bool seen : {true, true, false}) {
    ScoredPair pair;
    pair.genuine = true;
    pair.score = seen ? 0.9 : 0.1;
    pair.reference_seen = seen;
    pair.method = "m";
    scores.table.add(pair);
  }
  ScoredPair impostor;
  impostor.score = 0.5;
  scores.table.add(impostor);
  std::vector<MatcherScores> all;
  all.push_back(std::move(scores));
  const Evaluation evaluation = evaluate_scores(std::move(all), {}, {});
  const auto& cells = evaluation.matchers[0].methods[1].cells;
  ASSERT_EQ(cells.size(), 3u);
  EXPECT_EQ(group_text(cells[1]), "all, reference seen in training");
  EXPECT_EQ(cells[1].points[0].point.fnmr.errors, 0);
  EXPECT_EQ(group_text(cells[2]), "all, reference not seen in training");
  EXPECT_EQ(cells[2].points[0].point.fnmr.errors, 1);
}

TEST(EvaluateScores, TheMatcherOfTheTrainingIsFlagged) {
  EXPECT_THAT(sample().warnings, testing::Contains(HasSubstr("adaface: a loss was trained against it")));
  EXPECT_THAT(report_html(sample(), {}), HasSubstr("adaface <span class=\"tag\">trained against</span>"));
}

TEST(Text, NumbersDoNotDependOnTheirSize) {
  EXPECT_EQ(percent(0.0468), "4.68");
  EXPECT_EQ(percent(0), "0");
  EXPECT_EQ(percent(1), "100");
  EXPECT_EQ(percent(0.99999), "100.00");
  EXPECT_EQ(percent(std::nan("")), "n/a");
  EXPECT_EQ(target_percent(0.1), "10");
  EXPECT_EQ(target_percent(0.07), "7");
  EXPECT_EQ(target_percent(0.00001), "0.001");
  EXPECT_EQ(shortest(0.0001), "0.0001");
  EXPECT_EQ(significant(12345, 2), "12345");
  EXPECT_EQ(signed_percent(-0.44), "\u221244");
  EXPECT_EQ(signed_percent(INFINITY), "+inf");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
  EXPECT_EQ(escape_tex("a_b&50%\\"), "a\\_b\\&50\\%\\textbackslash{}");
}

TEST(Text, AnIntervalWithoutWidthIsWilsons) {
  const auto of = [](const Rate& rate, const Interval& replicates) {
    return best_interval(rate, BootstrapInterval{replicates, 10, 100, 0});
  };
  const Rate some{3, 12}, none{0, 12};
  EXPECT_EQ(of(some, {0.1, 0.4}).low, 0.1);  // over persons
  EXPECT_EQ(of(some, {0.1, 0.4}).high, 0.4);
  EXPECT_EQ(of(some, {0.25, 0.25}).high, wilson_95(some).high);  // of one person
  EXPECT_EQ(of(none, {0, 0}).high, wilson_95(none).high);
  EXPECT_EQ(of(some, {std::nan(""), std::nan("")}).low, wilson_95(some).low);
  EXPECT_EQ(best_interval(some, std::nullopt).low, wilson_95(some).low);
}

// ---- writers ----

TEST(ResultsJson, HasWhatTheSchemaSays) {
  const json results = json::parse(results_json(sample()));
  EXPECT_EQ(results["schema_version"], 3);
  for (const char* key : {"program", "title", "config", "inputs", "rules", "warnings", "headline_fmr"})
    EXPECT_TRUE(results.contains(key)) << key;
  ASSERT_EQ(results["matchers"].size(), 3u);
  const json& matcher = results["matchers"][1];
  EXPECT_EQ(matcher["matcher"], "facenet");
  EXPECT_EQ(matcher["score_kind"], "distance");
  EXPECT_EQ(matcher["weights_sha256"], std::string(64, 'a'));
  EXPECT_EQ(matcher["methods"][0]["method"], "original");
  EXPECT_EQ(matcher["methods"][0]["thresholds_from"], "real impostors");
  EXPECT_EQ(matcher["methods"][1]["method"], "vae_round_trip");
  const json& cell = matcher["methods"][2]["groups"][1];
  EXPECT_EQ(cell["group"], "child");
  for (const char* key :
       {"genuine", "impostor", "failed_comparisons", "eer", "auc", "dprime", "operating_points", "subjects"})
    EXPECT_FALSE(cell[key].is_null()) << key;
  for (const char* target : {"0.1", "0.01", "0.001"}) {
    const json& point = cell["operating_points"][target];
    for (const char* key : {"threshold", "fmr", "fnmr", "gfrr", "gfar", "resolvable"})
      EXPECT_FALSE(point[key].is_null()) << key;
    EXPECT_EQ(point["fnmr_wilson95"].size(), 2u);
    EXPECT_EQ(point["fnmr_bootstrap95"].size(), 2u);
  }
  const json& search = cell["identification"];
  EXPECT_GT(search["rank1_found"], 0);
  EXPECT_EQ(search["rank1_found"].get<double>() / search["rank1_trials"].get<double>(), search["rank1"]);
  EXPECT_EQ(search["rank1"], search["cmc"][0]);
  EXPECT_FALSE(search.contains("rank1_errors"));
  std::int64_t failed = 0;
  for (const json& reason : cell["failed_comparisons"]["by_reason"])
    failed += reason["genuine"].get<int>() + reason["impostor"].get<int>();
  EXPECT_EQ(failed, cell["failed_comparisons"]["failed"]);
}

std::vector<std::vector<std::string>> parsed_csv(const std::string& text) {
  const fs::path file = temporary_folder() / "table.csv";
  std::ofstream(file) << text;
  std::vector<std::vector<std::string>> rows;
  read_csv(file, [&](std::int64_t, const std::vector<std::string_view>& fields) {
    rows.emplace_back(fields.begin(), fields.end());
  });
  return rows;
}

TEST(CsvTables, AreRectangularAndAgreeWithTheFigures) {
  for (const auto& text : {summary_csv(sample()), operating_points_csv(sample()), det_csv(sample()),
                           changes_csv(sample()), failures_csv(sample()), embeddings_csv(sample()),
                           images_csv(sample()), cmc_csv(sample()), demographics_csv(sample())}) {
    const auto rows = parsed_csv(text);
    ASSERT_GT(rows.size(), 1u);
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size()) << row[0];
  }
  const auto rows = parsed_csv(operating_points_csv(sample()));
  const CellResult& cell = sample().matchers[0].methods[0].cells[0];
  EXPECT_THAT(std::vector<std::string>(rows[1].begin(), rows[1].begin() + 7),
              ElementsAre("arcface", "original", "all", "", "0.1", "real", "yes"));
  EXPECT_EQ(std::stod(rows[1][7]), cell.points[0].point.threshold);
  EXPECT_EQ(std::stoll(rows[1][16]), cell.points[0].point.fnmr.errors);
  EXPECT_EQ(std::stoll(rows[1][17]), cell.genuine);
}

TEST(CsvTables, FailuresAreAllListed) {
  std::int64_t failed = 0;
  for (const MatcherScores& one : sample().scores)
    for (const FailureCount& count : count_failures(one.table)) failed += count.genuine + count.impostor;
  const auto rows = parsed_csv(failures_csv(sample()));
  EXPECT_EQ(static_cast<std::int64_t>(rows.size()), 1 + 1 + failed);  // the header, and one picture
  EXPECT_EQ(rows[1][0], "image");
  EXPECT_EQ(rows[1].back(), "no face");
}

TEST(CsvTables, EveryPictureIsListedOnce) {
  Evaluation evaluation = sample();
  ImageRecord of_one_matcher = evaluation.images[5];
  of_one_matcher.matcher = "facenet";
  of_one_matcher.failure = "NaN embedding";
  evaluation.images.push_back(of_one_matcher);
  const auto rows = parsed_csv(images_csv(evaluation));
  ASSERT_EQ(rows.size(), evaluation.images.size());  // the header, and not the record of one matcher
  EXPECT_THAT(rows[0], ElementsAre("file", "role", "subject", "method", "label", "status", "reason", "detail",
                                   "face_score", "apparent_age", "face_measures.sharpness"));
  EXPECT_EQ(rows[4][5], "failed");
  EXPECT_EQ(rows[4][6], "no face");
  EXPECT_EQ(rows[6][5], "failed");
  EXPECT_EQ(rows[6][6], "facenet: NaN embedding");
  EXPECT_EQ(rows[1][5], "ok");
  EXPECT_EQ(std::stod(rows[1].back()), evaluation.images[0].measures[0]);
}

// Where the tag that begins at `at` ends: at the first > outside quotes.
std::size_t end_of_tag(const std::string& html, std::size_t at) {
  char quote = 0;
  for (; at < html.size() && (quote != 0 || html[at] != '>'); ++at) {
    if (quote == 0 && (html[at] == '"' || html[at] == '\''))
      quote = html[at];
    else if (html[at] == quote)
      quote = 0;
  }
  return at;
}

std::string attribute(const std::string& tag, const std::string& name) {
  const std::size_t at = tag.find(" " + name + "=");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 3;
  return tag.substr(begin, tag.find(tag[begin - 1], begin) - begin);
}

// Every element closed in its order, no tag inside another; collects the ids.
void expect_well_formed(const std::string& html, std::vector<std::string>& ids) {
  static const std::set<std::string> kVoid = {"meta", "img", "!DOCTYPE"};
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
    const std::size_t end = end_of_tag(html, at);
    ASSERT_LT(end, html.size()) << html.substr(at, 60);
    const std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" \n/", 1));
    ASSERT_EQ(name.find('<'), std::string::npos) << tag;
    if (const std::string id = attribute(tag, "id"); !id.empty()) ids.push_back(id);
    if (name[0] == '/') {
      ASSERT_FALSE(open.empty()) << name;
      ASSERT_EQ("/" + open.back(), name);
      open.pop_back();
    } else if (kVoid.count(name) == 0 && tag.back() != '/') {
      open.push_back(name);
    }
    at = name == "style" ? html.find("</style>", end) : end;
  }
  EXPECT_TRUE(open.empty()) << open.back();
}

TEST(ReportHtml, IsWellFormedAndNeedsNothingElse) {
  const std::vector<Plot> plots = draw_plots(sample(), temporary_folder());
  ASSERT_FALSE(plots.empty()) << "is gnuplot installed?";
  const std::string html = report_html(sample(), plots);
  std::vector<std::string> ids;
  expect_well_formed(html, ids);
  std::set<std::string> unique(ids.begin(), ids.end());
  EXPECT_EQ(unique.size(), ids.size()) << "an id is there twice";
  const std::string without_names = std::regex_replace(html, std::regex(R"(xmlns(:xlink)?="[^"]*"|xmlns='[^']*')"), "");
  EXPECT_THAT(without_names, AllOf(Not(HasSubstr("http:")), Not(HasSubstr("https:")), Not(HasSubstr("<script")),
                                   Not(HasSubstr("<link")), Not(HasSubstr("@import"))));
  const std::regex pattern(R"(href=["']#([^"']*)["'])");
  for (std::sregex_iterator link(html.begin(), html.end(), pattern), end; link != end; ++link)
    EXPECT_EQ(unique.count((*link)[1]), 1u) << (*link)[1];
  for (const char* part : {"VAE round trip", "Worst genuine pairs", "Closest impostor pairs", "Attribute success",
                           "Rules of the numbers", "Comparisons without a score", "prefers-color-scheme: dark"})
    EXPECT_THAT(html, HasSubstr(part));
}

TEST(ReportHtml, SectionsWithoutDataAreLeftOut) {
  const std::string html = report_html(evaluate_rows({{true, 0.9, "", ""}, {false, 0.1, "", ""}}), {});
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<h2 id=\"pictures\"")), Not(HasSubstr("<h2 id=\"failures\"")),
                          Not(HasSubstr("Change against"))));
}

TEST(Report, TextsFromFilesAreOnlyTexts) {
  const fs::path folder = temporary_folder();
  const std::string evil = "<b>\"'&`touch " + (folder / "pwned").string() + "`\"; system('touch " +
                           (folder / "pwned").string() + "') #\n{}_^@ ]]>";
  EvaluationSettings settings;
  settings.title = "</title><script>alert(1)</script>";
  const Evaluation evaluation = evaluate_rows(
      {{true, 0.9, "", ""}, {false, 0.1, "", ""}, {true, 0.4, evil, evil}, {true, 0.05, evil, "=1+1"}}, settings);
  const std::vector<Plot> plots = draw_plots(evaluation, folder);
  ASSERT_FALSE(plots.empty());
  EXPECT_FALSE(fs::exists(folder / "pwned"));
  for (const Plot& plot : plots) EXPECT_THAT(plot.svg, Not(HasSubstr("]]>"))) << plot.name;
  const std::string html = report_html(evaluation, plots);
  std::vector<std::string> ids;
  expect_well_formed(html, ids);
  EXPECT_THAT(html, AllOf(Not(HasSubstr("<script")), Not(HasSubstr("<b>")), HasSubstr("&lt;b&gt;")));
  EXPECT_THAT(summary_csv(evaluation), AllOf(HasSubstr(",'=1+1,"), Not(HasSubstr(",=1+1"))));
  EXPECT_THAT(table_tex(evaluation), AllOf(HasSubstr("\\{\\}\\_\\textasciicircum{}@"), Not(HasSubstr(" #"))));
}

// gnuplot leaves out a key that does not fit, and takes backslashes in data for escapes.
TEST(Plots, LongNamesAndBackslashesStayInTheKey) {
  const std::string folder = "runs\\new_";
  const std::string one = folder + std::string(60, 'a'), other = folder + std::string(60, 'b');
  const Evaluation evaluation = evaluate_rows({{true, 0.9, "", ""},
                                               {false, 0.1, "", ""},
                                               {true, 0.4, one, "old"},
                                               {true, 0.05, one, "child"},
                                               {true, 0.4, other, "old"},
                                               {true, 0.05, other, "child"}});
  std::size_t seen = 0;
  for (const Plot& plot : draw_plots(evaluation, temporary_folder())) {
    if (plot.section != "groups") continue;
    EXPECT_THAT(plot.svg, AllOf(HasSubstr("<text>runs\\new_aaa"), HasSubstr("<text>runs\\new_bbb")));
    EXPECT_THAT(inline_svg(plot), AllOf(Not(HasSubstr("<title>")), HasSubstr("aria-label=\"FNMR of")));
    ++seen;
  }
  EXPECT_EQ(seen, 1u);
}

TEST(Plots, OneFileNameForEachMatcher) {
  Evaluation evaluation;
  for (const char* name : {"ArcFace/r50", "arcfacer50", "../..", ""}) {
    MatcherResult matcher;
    matcher.facts.name = name;
    evaluation.matchers.push_back(matcher);
  }
  EXPECT_EQ(file_word(evaluation, 0), "arcfacer50");
  EXPECT_EQ(file_word(evaluation, 1), "arcfacer50-2");
  EXPECT_EQ(file_word(evaluation, 2), "matcher");
  EXPECT_EQ(file_word(evaluation, 3), "matcher-4");
}

}  // namespace
}  // namespace miafr_tests
