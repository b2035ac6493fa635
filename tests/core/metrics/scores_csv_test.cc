// scores.csv: what it may look like, what is refused and how, and that nothing is lost on the way to disk and back.
#include "core/metrics/scores_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <fstream>
#include <limits>
#include <locale>
#include <sstream>

#include "core/base/errors.h"
#include "core/io/csv.h"
#include "core/metrics/operating_point.h"
#include "tests/core/metrics/metrics_test_support.h"

namespace {

using namespace miafr;
using namespace miafr_tests;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

fs::path file_with(const std::string& bytes) {
  const fs::path path = temporary_folder() / "scores.csv";
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string bytes_of(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

MatcherScoresCsv read_scores(const fs::path& path) {
  return read_matcher_scores_csv(path, [](const std::string&) { return ScoreKind::kSimilarity; });
}

MatcherScoresCsv read(const std::string& bytes) { return read_scores(file_with(bytes)); }

// Of one matcher.
ScoreTable table_of(const MatcherScoresCsv& csv) {
  EXPECT_EQ(csv.matchers.size(), 1u);
  return csv.matchers.at(0).table;
}

void write_scores(const fs::path& path, const ScoreTable& table) {
  const MatcherScores scores{"", table};
  write_matcher_scores_csv(path, {&scores});
}

// The message after the path: ":LINE: what".
std::string refusal(const std::string& bytes) {
  const fs::path path = file_with(bytes);
  const std::string text = error_of([&] { read_scores(path); });
  EXPECT_THAT(text, StartsWith(path.string()));
  EXPECT_EQ(text.find('\n'), std::string::npos) << "one line: " << text;
  return text.substr(std::min(text.size(), path.string().size()));
}

TEST(ReadScoresTest, AllColumnsInAnyOrder) {
  const MatcherScoresCsv csv = read(
      "score,label,status,subject_reference,subject_probe,group,reference,probe\n"
      "0.5,genuine,ok,anna,anna,child,a2.png,a1.png\n"
      ",impostor,failed: no face,ben,anna,old,b1.png,a1.png\n");
  const ScoreTable table = table_of(csv);
  ASSERT_EQ(table.size(), 2u);
  EXPECT_TRUE(csv.ignored_columns.empty());
  EXPECT_EQ(table[0].score, 0.5);
  EXPECT_TRUE(table[0].genuine);
  EXPECT_EQ(table[0].probe, "a1.png");
  EXPECT_EQ(table[0].reference, "a2.png");
  EXPECT_EQ(table[0].group, "child");
  EXPECT_EQ(table[1].subject_probe, "anna");
  EXPECT_EQ(table[1].subject_reference, "ben");
  EXPECT_EQ(table[1].failure, "no face");
}

TEST(ReadScoresTest, TwoColumnsAreEnoughAndOthersAreNamed) {
  const MatcherScoresCsv csv = read("colour,score,label\n7,0.5,genuine\n8,0.25,impostor\n");
  EXPECT_EQ(table_of(csv).size(), 2u);
  EXPECT_THAT(csv.ignored_columns, ElementsAre("colour"));
}

TEST(ReadScoresTest, LineEndsByteOrderMarkAndBlankLines) {
  for (const std::string end : {"\n", "\r\n", "\r"})
    for (const std::string& last : {end, std::string()}) {
      const ScoreTable table =
          table_of(read("\xEF\xBB\xBFlabel,score" + end + end + "genuine,1" + end + "impostor, 0.5 " + last));
      ASSERT_EQ(table.size(), 2u);
      EXPECT_EQ(table[1].score, 0.5);
    }
}

TEST(ReadScoresTest, QuotedFields) {
  const ScoreTable table =
      table_of(read("\"label\",\"score\",probe\r\n"
                    "\"genuine\",\"0.5\",\"Anna \"\"A\"\", the first\r\nof two\"\r\n"
                    "impostor,1, b.png \r\n"));
  EXPECT_EQ(table[0].probe, "Anna \"A\", the first\r\nof two");
  EXPECT_EQ(table[1].probe, " b.png ");  // blanks may belong to a name
}

TEST(ReadScoresTest, NumbersThatAreNone) {
  const auto failures =
      count_failures(table_of(read("label,score\ngenuine,nan\ngenuine,inf\nimpostor,-Infinity\nimpostor,NaN\n")));
  ASSERT_EQ(failures.size(), 2u);
  EXPECT_EQ(failures[0].genuine + failures[0].impostor, 2);
  EXPECT_EQ(failures[1].reason, "score is not a number");
}

// As printf("%+.4f") writes them, and every other reader of CSV takes them.
TEST(ReadScoresTest, NumbersMayHaveAPlusSign) {
  const ScoreTable table =
      table_of(read("label,score,quality\ngenuine,+1.5,+80\ngenuine,+2.5e-1,1\nimpostor,-0.5,\nimpostor,+nan,\n"));
  EXPECT_EQ(table[0].score, 1.5);
  EXPECT_EQ(table[0].quality, 80);
  EXPECT_EQ(table[1].score, 0.25);
  EXPECT_EQ(table[2].score, -0.5);
  EXPECT_EQ(table[3].failure, "score is not a number");
  for (const std::string none : {"+-1", "++1", "+", "-+1"})
    EXPECT_THAT(refusal("label,score\ngenuine," + none + "\n"), HasSubstr("is not a number"));
}

TEST(ReadScoresTest, AnEmptyScoreIsToldHowAFailureIsWritten) {
  for (const std::string bytes : {"label,score\ngenuine,\n", "label,score,status\ngenuine, ,ok\n"})
    EXPECT_THAT(refusal(bytes), AllOf(StartsWith(":2: score: is empty"), HasSubstr("failed"), HasSubstr("status")));
}

TEST(ReadScoresTest, FailedRowsNeedNoScoreAndNoReason) {
  const ScoreTable table =
      table_of(read("label,score,status\ngenuine,,failed\ngenuine,0.5,failed:\ngenuine,x,failed: too small\n"));
  EXPECT_EQ(table[0].failure, "no reason given");
  EXPECT_EQ(table[1].failure, "no reason given");
  EXPECT_EQ(table[2].failure, "too small");
}

TEST(ReadScoresTest, RefusalsNameTheLine) {
  EXPECT_THAT(refusal("label,score\ngenuine,1\ngenuine,abc\n"), StartsWith(":3: score: 'abc' is not a number"));
  EXPECT_THAT(refusal("label,score\ngenuine,1e999\n"), StartsWith(":2: score: '1e999' is beyond"));
  EXPECT_THAT(refusal("label,score\r\ngenuine,1\r\nGenuine,1\r\n"), StartsWith(":3: label: 'Genuine'; allowed are"));
  EXPECT_THAT(refusal("label,score,status\r\r\rgenuine,1,OK"), StartsWith(":4: status: 'OK'; allowed are"));
  EXPECT_THAT(refusal("label,score\ngenuine,1,2\n"), StartsWith(":2: 3 fields, but the first line names 2"));
  EXPECT_THAT(refusal("label,score,probe\ngenuine,1,\"a\nb\"\ngenuine\n"), StartsWith(":4: 1 fields"));
  EXPECT_THAT(refusal("label,score\ngenuine,\"1\n"), StartsWith(":2: a quote is not closed"));
  EXPECT_THAT(refusal("label,score\ngenuine,1\"2\n"), StartsWith(":2: a quote stands where none can"));
  EXPECT_THAT(refusal("label,score\ngenuine,\"1\"2\n"), StartsWith(":2: a quote stands where none can"));
  EXPECT_THAT(refusal(std::string("label,score\ngenuine,1\ngen\0uine,1\n", 34)), StartsWith(":3: there is a NUL byte"));
  EXPECT_THAT(refusal("label,score,subject_probe,subject_reference\ngenuine,1,a,b\n"),
              StartsWith(":2: label: genuine, but the subjects are 'a' and 'b'"));
}

TEST(ReadScoresTest, RefusalsOfTheFirstLine) {
  EXPECT_THAT(refusal(""), StartsWith(": is empty"));
  EXPECT_THAT(refusal("\n\n"), StartsWith(": is empty"));
  EXPECT_THAT(refusal("label,scores\n"), StartsWith(":1: no column 'score'"));
  EXPECT_THAT(refusal("label;score\ngenuine;0,5\n"), HasSubstr("separated by commas"));
  EXPECT_THAT(refusal("label,score,label\n"), StartsWith(":1: column 'label' is there twice"));
  EXPECT_THAT(refusal(std::string("\xFF\xFEl\0a\0", 6)), StartsWith(":1: this is UTF-16"));
  EXPECT_TRUE(read("label,score\n").matchers.empty());
}

TEST(ReadScoresTest, ARefusalIsOneLineWhateverTheFileSays) {
  EXPECT_THAT(refusal("\"q\r\nr\",score\n"), HasSubstr("'q\\x0d\\x0ar' and others"));
  EXPECT_THAT(refusal("label,score,status\ngenuine,1,\"a\nb\"\n"), StartsWith(":2: status: 'a\\x0ab'"));
  EXPECT_THAT(
      refusal("label,score,subject_probe,subject_reference\ngenuine,1,\"a\nb\"," + std::string(1000, 'c') + "\n"),
      HasSubstr("'a\\x0ab' and '" + std::string(80, 'c') + "...'"));
}

TEST(ReadScoresTest, ADecimalCommaIsNotTaken) {
  EXPECT_THAT(refusal("label,score\ngenuine,\"0,5\"\n"), HasSubstr("write it with a decimal point"));
  EXPECT_THAT(refusal("label,score\ngenuine,0,5\n"), HasSubstr("a decimal comma makes one more"));
}

TEST(ReadScoresTest, AQuoteThatSwallowsTheFileIsStopped) {
  EXPECT_THAT(refusal("label,score\ngenuine,\"" + std::string(6 << 20, 'x')), StartsWith(":2: a row has more than"));
}

TEST(ReadScoresTest, FilesThatCannotBeRead) {
  EXPECT_THAT(error_of([] { read_scores("/nowhere/scores.csv"); }), StartsWith("/nowhere/scores.csv: cannot be read"));
  EXPECT_THAT(error_of([] { read_scores("/"); }), HasSubstr("is a folder"));
}

TEST(ReadScoresTest, RowsMayCrossThePiecesOfTheFile) {
  std::string bytes = "label,score,probe\r\n";
  while (bytes.size() < (3u << 20))
    bytes += "genuine,0.125,\"a \"\"quoted\"\"\r\nname, " + std::to_string(bytes.size()) + "\"\r\n";
  const ScoreTable table = table_of(read(bytes));
  EXPECT_EQ(sort_scores(table).genuine, std::vector<double>(table.size(), 0.125));
  for (std::size_t row = 0; row < table.size(); ++row)
    ASSERT_THAT(std::string(table[row].probe), StartsWith("a \"quoted\"\r\nname, "));
  EXPECT_THAT(refusal(bytes + "x"), StartsWith(":" + std::to_string(2 * table.size() + 2) + ": 1 fields"));
}

TEST(WriteScoresTest, EveryTextAndEveryScoreComesBack) {
  ScoreTable table(ScoreKind::kSimilarity);
  const std::vector<std::string> names = {"plain", "a,b", "say \"x\"", "two\nlines", "cr\r", "=1+2",    "+1",
                                          "-1",    "@x",  "\ttab",     "\rcr",       "'=1",  "''=1",    "'quoted'",
                                          "' =x",  " =x", "\xC3\xA9",  "'",          "ok",   "=\"x\",1"};
  const double scores[] = {0.1, -0.25, 1e-300, 5e-324, 0.1f, 1.7976931348623157e308, 3, 1e22, -0.0, 1.0 / 3};
  for (std::size_t i = 0; i < names.size(); ++i) {
    ScoredPair pair = genuine(names[i], scores[i % 10]);
    pair.probe = pair.reference = pair.group = names[i];
    table.add(i % 7 == 6 ? failed(pair, names[i] == " =x" ? "x" : names[i]) : pair);
  }
  const fs::path path = temporary_folder() / "scores.csv";
  write_scores(path, table);
  const MatcherScoresCsv csv = read_scores(path);
  EXPECT_TRUE(csv.ignored_columns.empty());
  const ScoreTable back = table_of(csv);
  ASSERT_EQ(back.size(), table.size());
  for (std::size_t row = 0; row < table.size(); ++row) {
    const ScoredPair a = table[row], b = back[row];
    EXPECT_EQ(a.subject_probe, b.subject_probe);
    EXPECT_EQ(a.probe, b.probe);
    EXPECT_EQ(a.group, b.group);
    EXPECT_EQ(a.failure, b.failure);
    if (a.failure.empty()) {
      EXPECT_EQ(a.score, b.score);
    }
  }
}

TEST(WriteScoresTest, ItsBytes) {
  ScoreTable table(ScoreKind::kSimilarity);
  ScoredPair pair = genuine("anna, the first", -0.5);
  pair.probe = "=HYPERLINK(\"x\")";
  table.add(pair);
  table.add(failed(impostor("@anna", "ben", 1), "=cmd"));
  const fs::path path = temporary_folder() / "scores.csv";
  write_scores(path, table);
  EXPECT_EQ(bytes_of(path),
            "probe,reference,subject_probe,subject_reference,label,group,score,status\n"
            "\"'=HYPERLINK(\"\"x\"\")\",,\"anna, the first\",\"anna, the first\",genuine,,-0.5,ok\n"
            ",,'@anna,ben,impostor,,,failed: =cmd\n");
}

TEST(WriteScoresTest, NoFieldBeginsLikeAFormula) {
  for (const std::string start : {"=", "+", "-", "@", "\t", "\r"}) {
    const std::string field = csv_field(start + "x");
    EXPECT_THAT(field, StartsWith(field[0] == '"' ? "\"'" : "'"));
    EXPECT_EQ(csv_unescaped("'" + start + "x"), start + "x");
  }
  EXPECT_EQ(csv_unescaped("'tis"), "'tis");
  EXPECT_EQ(csv_unescaped(""), "");
}

TEST(WriteScoresTest, NoScoreCrossesItsThreshold) {
  // A threshold is a score of the list: in six digits one of these two would move across the other.
  ScoreTable table(ScoreKind::kSimilarity);
  const double threshold = 0.65086811234567891, below = std::nextafter(threshold, 0.0);
  table.add(impostor("a", "b", threshold));
  table.add(impostor("a", "c", below));
  const fs::path path = temporary_folder() / "scores.csv";
  write_scores(path, table);
  const SortedScores back = sort_scores(table_of(read_scores(path)));
  EXPECT_EQ(evaluate(back, threshold).fmr.errors, 1);
}

// A locale with a decimal comma, for both C and C++: no locale package is needed for the latter.
struct DecimalComma : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(WriteScoresTest, TheLocaleDoesNotMatter) {
  std::setlocale(LC_ALL, "de_DE.UTF-8");  // where it is installed
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new DecimalComma));
  ScoreTable table(ScoreKind::kSimilarity);
  for (int i = 0; i < 1500; ++i) table.add(genuine("a", 1234567.5));
  const fs::path path = temporary_folder() / "scores.csv";
  write_scores(path, table);
  const ScoreTable back = table_of(read_scores(path));
  const std::string refused = refusal(bytes_of(path) + "x\n");
  std::locale::global(before);
  std::setlocale(LC_ALL, "C");
  EXPECT_THAT(bytes_of(path), HasSubstr("1234567.5,ok"));
  EXPECT_EQ(back[0].score, 1234567.5);
  EXPECT_THAT(refused, StartsWith(":1502: 1 fields"));
}

TEST(WriteScoresTest, AFolderThatIsNotThere) {
  EXPECT_THROW(write_scores("/nowhere/scores.csv", ScoreTable(ScoreKind::kSimilarity)), Error);
}

}  // namespace
