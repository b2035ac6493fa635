// Tables for people and programs.
#include "core/experiment/tables.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/base/errors.h"
#include "core/experiment/results_page.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

constexpr const char* kResults = R"({"matchers": [{"matcher": "m_1", "trained_against": true, "methods": [
  {"method": "plain", "groups": [
    {"group": "old", "reference_seen": null, "subjects": 3, "genuine": 40, "genuine_failed": 2,
     "genuine_scores": {"mean": 0.61234}, "operating_points": {
      "0.1": {"fnmr": 0.05, "fnmr_errors": 2, "fnmr_trials": 40, "resolvable": true,
              "fnmr_wilson95": [0.01, 0.16], "fnmr_bootstrap95": [0.02, 0.11]},
      "0.001": {"fnmr": 0.5, "fnmr_errors": 20, "fnmr_trials": 40, "resolvable": false,
                "fnmr_wilson95": [0.35, 0.65], "fnmr_bootstrap95": null}}},
    {"group": "old", "reference_seen": true, "subjects": 3, "genuine": 40, "genuine_failed": 2,
     "genuine_scores": null, "operating_points": {}}]}]}]})";

class Tables : public testing::Test {
 protected:
  Tables() : folder_(miafr_tests::temporary_folder()) {
    std::ofstream(folder_ / "results.json") << kResults;
    std::ofstream(folder_ / "images.csv") << "file,role,subject,method,label,apparent_age\n"
                                             "a.png,probe,anna,plain,old,60\n"
                                             "b.png,probe,anna,plain,old,71\n"
                                             "c.png,probe,anna,plain,old,\n"
                                             "d.png,reference,anna,plain,old,20\n";
    experiment_.ages = {{"old", std::pair(66.0, 120.0)}};
  }

  const fs::path folder_;
  Experiment experiment_;
};

TEST_F(Tables, AMissingColumnIsNamed) {
  std::ofstream(folder_ / "images.csv") << "file,role,method,label\n";
  EXPECT_THAT([&] { identity_rows(experiment_, folder_); },
              testing::ThrowsMessage<Error>((folder_ / "images.csv").string() +
                                            ":1: there is no column 'apparent_age'; the columns are: file, role, "
                                            "method, label"));
}

TEST_F(Tables, IdentityIsReadFromAnEvaluation) {
  const auto rows = identity_rows(experiment_, folder_);
  ASSERT_EQ(rows.size(), 1u);  // references told apart by training have no row
  ASSERT_EQ(rows[0].rates.size(), 2u);
  EXPECT_EQ(rows[0].rates[0].target, 0.1);
  EXPECT_EQ(rows[0].rates[0].high, 0.11);           // over persons where there is one
  EXPECT_NEAR(rows[0].rates[1].high, 0.648, 5e-4);  // Wilson's, of 20 in 40
  EXPECT_DOUBLE_EQ(rows[0].apparent_age, 65.5);
  EXPECT_EQ(rows[0].in_range, 1);
  EXPECT_EQ(rows[0].with_age, 2);
  EXPECT_THAT(identity_csv(rows),
              HasSubstr("\nm_1,yes,plain,old,3,40,2,0.1,yes,0.05,0.02,0.11,2,40,0.61234,65.5,1,2\n"));
  EXPECT_THAT(identity_csv(rows), HasSubstr(",0.001,no,0.5,0.35"));
}

TEST_F(Tables, AreForPeopleToo) {
  const ShownTable table = identity_table(identity_rows(experiment_, folder_));
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.columns.size(), table.rows[0].size());
  EXPECT_THAT(table.rows[0], testing::Contains("5.00 [2.00\u201311.0]"));
  EXPECT_THAT(table.rows[0], testing::Contains("50.0 [35.2\u201364.8] *"));
  EXPECT_THAT(table.rows[0], testing::Contains("1/2"));
  EXPECT_THAT(to_tex(table), HasSubstr("m\\_1 (trained against) & plain & old & 3 & 40"));
  EXPECT_THAT(to_tex(table), HasSubstr("FNMR \\% at FMR 10 \\%"));
  EXPECT_THAT(results_page("a <b>", "", {"x & y"}, {table}), HasSubstr("<h1>a &lt;b&gt;</h1>"));
  const std::string page = results_page("a", "there", {"x & y"}, {table});
  EXPECT_THAT(page, HasSubstr("<li>x &amp; y</li>"));
  EXPECT_THAT(page, HasSubstr("<td class=\"text\">m_1 (trained against)</td>"));
  EXPECT_THAT(page, HasSubstr("<td>40</td>"));  // numbers stand to the right
}

TEST_F(Tables, AnEvaluationThatIsNoneIsRefused) {
  std::ofstream(folder_ / "results.json") << "{}";
  EXPECT_THROW(identity_rows(experiment_, folder_), Error);
}

TEST(CostTable, CountsFinishedCellsOnly) {
  Experiment experiment;
  experiment.methods = {{"plain", {}}, {"cosine", {}}};
  experiment.subjects.resize(2);
  std::vector<TrialStatus> statuses(4);
  for (const std::size_t i : {0, 2}) {  // plain of both
    statuses[i].state = TrialState::kDone;
    statuses[i].record.train = {true, {}, 10.0 * static_cast<double>(i + 1), 1000 + i};
    statuses[i].record.generate = {true, {}, 8, 1};
    statuses[i].record.steps = 10;
    statuses[i].record.images = 4;
    statuses[i].record.model_bytes = 100;
  }
  statuses[1].state = TrialState::kBroken;
  const auto rows = cost_rows(experiment, trials_of(experiment), statuses);
  EXPECT_EQ(cost_csv(rows),
            "loss,trials_done,trials,train_seconds,seconds_per_step,seconds_per_picture,peak_memory_bytes,model_bytes\n"
            "plain,2,2,20,2,2,1002,100\ncosine,0,2,,,,,\n");
  EXPECT_EQ(cost_table(rows).rows[1][2], "n/a");
}

}  // namespace
}  // namespace miafr
