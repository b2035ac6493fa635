// miafr evaluate as a user meets it: what it writes, refuses and says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/support/process.h"

namespace miafr_tests {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr int kError = 1, kUsage = 2;

fs::path reference_scores() { return fs::absolute(data_file("tests/core/report/reference/scores.csv")); }

const std::vector<std::string> kReferenceKinds = {"--score-kind", "similarity", "--score-kind", "l2 net=distance"};

ProcessResult evaluate(const fs::path& scores, const fs::path& out, const std::vector<std::string>& more,
                       const std::map<std::string, std::string>& environment = {}, const fs::path& folder = {}) {
  std::vector<std::string> arguments = {
      "evaluate", "--from-scores", scores.string(), "--out", out.string(), "--bootstrap", "100"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return miafr(arguments, environment, folder);
}

// Similarities in a file with those bytes.
ProcessResult evaluate_text(const std::string& bytes, const fs::path& out) {
  const fs::path file = temporary_folder() / "scores.csv";
  std::ofstream(file, std::ios::binary) << bytes;
  return evaluate(file, out, {"--score-kind", "similarity"});
}

json results_of(const fs::path& out) { return json::parse(read_text(out / "results.json")); }

json only_cell(const fs::path& out) { return results_of(out)["matchers"][0]["methods"][0]["groups"][0]; }

// All files of a folder by their names in it.
std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_text(entry.path());
  return files;
}

TEST(Evaluate, WritesTheWholeFolder) {
  const fs::path out = temporary_folder() / "new" / "out";
  const ProcessResult result = evaluate(reference_scores(), out, kReferenceKinds);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(StartsWith("matcher     method"), HasSubstr("cosine net  identity loss"),
                                HasSubstr("FNMR % at FMR 0.1 %")));
  const auto files = contents(out);
  for (const char* name : {"results.json", "scores.csv", "summary.csv", "operating_points.csv", "det.csv",
                           "changes.csv", "failures.csv", "table.tex", "report.html", "plots/det-cosinenet.svg",
                           "plots/roc-l2net.png", "plots/scores-l2net.svg", "plots/groups-cosinenet.png"})
    EXPECT_EQ(files.count(name), 1u) << name;
  for (const auto& [name, text] : files) {
    EXPECT_GT(text.size(), 50u) << name;
    EXPECT_THAT(text, AllOf(Not(HasSubstr(reference_scores().parent_path().string())), Not(HasSubstr(out.string())),
                            Not(HasSubstr("/tmp/"))))
        << name << " names a folder of this machine";
  }
  for (const auto& entry : fs::directory_iterator(out.parent_path())) EXPECT_EQ(entry.path(), out) << "left behind";

  // The same numbers that report_test checks against other people's libraries, on their way through the program.
  const json expected = json::parse(read_text(data_file("tests/core/report/reference/reference.json")));
  const json matcher = results_of(out)["matchers"][1];
  EXPECT_EQ(matcher["matcher"], "l2 net");
  const json& cell = matcher["methods"][2]["groups"][1];
  const json& point = expected["l2 net"]["cells"]["identity loss/child"]["operating_points"]["0.01"];
  EXPECT_EQ(cell["operating_points"]["0.01"]["threshold"], point["threshold"]);
  EXPECT_EQ(cell["operating_points"]["0.01"]["fnmr"], point["fnmr"]);
  EXPECT_EQ(cell["operating_points"]["0.01"]["fmr_errors"], point["false_matches"]);
}

TEST(Evaluate, ItsOwnScoresGiveTheSameFigures) {
  const fs::path folder = temporary_folder();
  ASSERT_EQ(evaluate(reference_scores(), folder / "first", kReferenceKinds).exit_code, 0);
  ASSERT_EQ(evaluate(folder / "first" / "scores.csv", folder / "second", kReferenceKinds).exit_code, 0);
  json first = results_of(folder / "first"), second = results_of(folder / "second");
  first.erase("inputs");
  second.erase("inputs");  // the columns have another order
  EXPECT_EQ(first, second);
  EXPECT_EQ(read_text(folder / "first" / "scores.csv"), read_text(folder / "second" / "scores.csv"));
}

TEST(Evaluate, NeitherLocaleNorFolderNorThreadsChangeAByte) {
  const fs::path folder = temporary_folder();
  ASSERT_EQ(evaluate(reference_scores(), folder / "c", kReferenceKinds, {{"LC_ALL", "C"}}).exit_code, 0);
  ASSERT_EQ(evaluate(reference_scores(), "de", kReferenceKinds,
                     {{"LC_ALL", "de_DE.UTF-8"}, {"LANG", "de_DE.UTF-8"}, {"OMP_NUM_THREADS", "1"}}, folder)
                .exit_code,
            0);
  const auto first = contents(folder / "c"), second = contents(folder / "de");
  ASSERT_EQ(first.size(), second.size());
  for (const auto& [name, text] : first) EXPECT_TRUE(text == second.at(name)) << name;
}

TEST(Evaluate, AnExistingFolderIsNotTouchedUnlessAsked) {
  const fs::path out = temporary_folder() / "out";
  ASSERT_EQ(evaluate_text("label,score\ngenuine,1\nimpostor,0\n", out).exit_code, 0);
  std::ofstream(out / "notes.txt") << "mine";
  const auto before = contents(out);
  const ProcessResult refused = evaluate(reference_scores(), out, kReferenceKinds);
  EXPECT_EQ(refused.exit_code, kError);
  EXPECT_EQ(refused.err, "miafr: error: " + out.string() +
                             ": has an evaluation in it already; give another --out, or --overwrite\n");
  EXPECT_EQ(contents(out), before);
  std::vector<std::string> more = kReferenceKinds;
  more.push_back("--overwrite");
  ASSERT_EQ(evaluate(reference_scores(), out, more).exit_code, 0);
  EXPECT_EQ(read_text(out / "notes.txt"), "mine");
  EXPECT_FALSE(fs::exists(out / "plots" / "det-matcher.svg"));
  EXPECT_TRUE(fs::exists(out / "plots" / "det-l2net.svg"));

  const fs::path other = temporary_folder();
  std::ofstream(other / "precious.txt") << "mine";
  EXPECT_THAT(evaluate(reference_scores(), other, more).err, HasSubstr("has other files in it; give another --out"));
}

TEST(Evaluate, WithoutGnuplotThereAreNoPlots) {
  const fs::path out = temporary_folder() / "out";
  const ProcessResult result = evaluate(reference_scores(), out, kReferenceKinds, {{"PATH", "/nonexistent"}});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("miafr: warning: gnuplot is not installed, so there are no plots"));
  EXPECT_FALSE(fs::exists(out / "plots"));
  EXPECT_THAT(read_text(out / "report.html"), AllOf(HasSubstr("FNMR at FMR"), Not(HasSubstr("<svg"))));
}

TEST(Evaluate, EdgesHaveADefinedResult) {
  const fs::path folder = temporary_folder();
  const auto fails = [&](const std::string& bytes, const std::string& reason) {
    const ProcessResult result = evaluate_text(bytes, folder / "none");
    EXPECT_EQ(result.exit_code, kError) << bytes;
    EXPECT_THAT(result.err, AllOf(StartsWith("miafr: error: "), HasSubstr(reason))) << bytes;
    EXPECT_FALSE(fs::exists(folder / "none"));
  };
  fails("", "is empty; the first line has to name the columns");
  fails("label,score\n", "nothing can be computed: there is no comparison");
  fails("label,score\ngenuine,nan\nimpostor,nan\n", "none of the 2 comparisons has a score");
  fails("label,score\nfriend,1\n", ":2: label: 'friend'; allowed are genuine and impostor");
  fails("label,score\ngenuine,0,5\n", "a decimal comma makes one more");

  ASSERT_EQ(evaluate_text("label,score\ngenuine,1\n", folder / "one").exit_code, 0);
  EXPECT_EQ(only_cell(folder / "one")["not_computable"], "no impostor");
  EXPECT_TRUE(only_cell(folder / "one")["operating_points"].empty());
  ASSERT_EQ(evaluate_text("label,score\nimpostor,1\nimpostor,0\n", folder / "impostor").exit_code, 0);
  EXPECT_EQ(only_cell(folder / "impostor")["not_computable"], "no genuine");
  EXPECT_TRUE(only_cell(folder / "impostor")["operating_points"]["0.1"]["fnmr"].is_null());

  const ProcessResult repeated = evaluate_text(
      "probe,reference,label,score\na,a,genuine,1\nb,c,impostor,0\nc,b,impostor,0\nb,c,impostor,0\n", folder / "twice");
  ASSERT_EQ(repeated.exit_code, 0) << repeated.err;
  EXPECT_EQ(results_of(folder / "twice")["matchers"][0]["self_pairs"], 1);
  EXPECT_EQ(results_of(folder / "twice")["matchers"][0]["repeated_pairs"], 2);
  EXPECT_THAT(repeated.err,
              AllOf(HasSubstr("1 comparisons are of a picture with itself"), HasSubstr("2 comparisons repeat a pair")));

  ASSERT_EQ(
      evaluate_text("\xEF\xBB\xBFlabel,score,group\r\ngenuine,1,\"a, \"\"b\"\"\"\r\nimpostor,0,\r\n", folder / "excel")
          .exit_code,
      0);
  EXPECT_EQ(results_of(folder / "excel")["matchers"][0]["methods"][1]["groups"][1]["group"], "a, \"b\"");
}

TEST(Evaluate, TheMatcherOfTheTrainingIsNotTheOnlyJudge) {
  const fs::path file = temporary_folder() / "scores.csv", out = file.parent_path() / "out";
  std::ofstream(file) << "label,score,matcher\ngenuine,1,net\nimpostor,0,net\n";
  std::vector<std::string> more = {"--score-kind", "similarity", "--trained-against", "net"};
  const ProcessResult refused = evaluate(file, out, more);
  EXPECT_EQ(refused.exit_code, kError);
  EXPECT_THAT(refused.err, HasSubstr("a loss was trained against every matcher here, so none can judge it"));
  more.push_back("--allow-trained-judge");
  const ProcessResult allowed = evaluate(file, out, more);
  EXPECT_EQ(allowed.exit_code, 0);
  EXPECT_THAT(allowed.err, HasSubstr("No matcher here is independent of the training"));
  EXPECT_EQ(results_of(out)["matchers"][0]["trained_against"], true);
}

TEST(Evaluate, AMatcherWithoutTheBaselineSaysSo) {
  const fs::path file = temporary_folder() / "scores.csv", out = file.parent_path() / "out";
  std::ofstream(file) << "label,score,matcher,method\ngenuine,1,one,ours\nimpostor,0,one,ours\ngenuine,1,one,theirs\n"
                         "impostor,0,one,theirs\ngenuine,1,two,ours\nimpostor,0,two,ours\n";
  const ProcessResult result = evaluate(file, out, {"--score-kind", "similarity", "--baseline", "theirs"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("two: it has no scores of the baseline theirs, so it compares no methods"));
  EXPECT_THAT(result.err, Not(HasSubstr("one: it has no scores")));
}

TEST(Evaluate, TakesTheSectionOfAConfigAndTheCommandLineBeforeIt) {
  const fs::path folder = temporary_folder(), config = folder / "run.yaml";
  std::ofstream(config) << "evaluate: {fmr: [0.05, 0.2], title: From a file, bootstrap: 0}\n";
  const auto settings = [&](const std::vector<std::string>& more, const std::string& out_option) {
    std::vector<std::string> words = {"evaluate",      "--from-scores", reference_scores().string(),   "--config",
                                      config.string(), out_option,      (folder / out_option).string()};
    words.insert(words.end(), kReferenceKinds.begin(), kReferenceKinds.end());
    words.insert(words.end(), more.begin(), more.end());
    const ProcessResult result = miafr(words);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return results_of(folder / out_option);
  };
  const auto file = settings({}, "--out");
  EXPECT_EQ(file["title"], "From a file");
  EXPECT_EQ(file["config"]["fmr_targets"], (std::vector<double>{0.05, 0.2}));
  EXPECT_EQ(file["config"]["bootstrap_replicates"], 0);
  const auto changed = settings({"--fmr", "0.5", "--title=Mine"}, "--outdir");
  EXPECT_EQ(changed["title"], "Mine");
  EXPECT_EQ(changed["config"]["fmr_targets"], std::vector<double>{0.5});
}

TEST(Evaluate, WrongCommandLines) {
  const fs::path out = temporary_folder() / "out";
  const auto expect = [&](const std::vector<std::string>& more, int code, const std::string& reason) {
    const ProcessResult result = evaluate(reference_scores(), out, more);
    EXPECT_EQ(result.exit_code, code);
    EXPECT_THAT(result.err, AllOf(StartsWith("miafr: error: "), HasSubstr(reason)));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_FALSE(fs::exists(out));
  };
  expect({}, kUsage, "missing --score-kind similarity|distance");
  expect({"--score-kind", "cosine"}, kUsage, "--score-kind cosine: allowed are similarity and distance");
  expect({"--score-kind", "l2 net=distance"}, kError, "give --score-kind cosine net=similarity, or distance");
  expect({"--score-kind", "similarity", "--score-kind", "l3=distance"}, kUsage, "no matcher is named 'l3'");
  expect({"--score-kind", "similarity", "--fmr", "1%"}, kUsage, "--fmr: '1%' is not a rate");
  expect({"--score-kind", "similarity", "--fmr", "0"}, kUsage, "'0' is not a rate");
  expect({"--score-kind", "similarity", "--fmr", "0.1, 2"}, kUsage, "'2' is not a rate");
  expect({"--score-kind", "similarity", "--fmr", "0.1,"}, kUsage, "--fmr: '' is not a rate");
  expect({"--score-kind", "similarity", "--fmr", ""}, kUsage, "--fmr: '' is not a rate");
  expect({"--score-kind", "similarity", "--baseline", "pain"}, kError, "no method is named 'pain'");
  expect({"--score-kind", "similarity", "--bootstrap", "-1"}, kUsage, "bootstrap");
  EXPECT_THAT(miafr({"evaluate"}).err, HasSubstr("what is to be evaluated? Give --references"));
  EXPECT_THAT(miafr({"evaluate", "--help"}).out, StartsWith("usage: miafr evaluate --references DIR"));
  EXPECT_THAT(miafr({"evaluate", "--from-scores", "/no/such", "--score-kind", "distance", "--out", out.string()}).err,
              HasSubstr("/no/such: cannot be read"));
}

}  // namespace
}  // namespace miafr_tests
