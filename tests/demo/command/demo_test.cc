// The demo, shortened, from drawn people to the page: what comes out is what the whole program is for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "core/io/csv_table.h"
#include "tests/support/process.h"

namespace miafr_tests {
namespace {

using testing::HasSubstr;
using testing::Not;

// Two ages and fewer pictures; all else is the quick demo's.
const std::vector<std::string> kShort = {"ages=[youngadults, old]", "generate.images=3", "evaluate.bootstrap=50"};

std::vector<std::string> demo(const fs::path& out, const std::vector<std::string>& more = {}) {
  std::vector<std::string> words = {"demo", "--quick", "--outdir", out.string()};
  words.insert(words.end(), kShort.begin(), kShort.end());
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// tables/identity.csv: a column of the row of a loss and label, at FMR 1 %.
double identity(const fs::path& out, const std::string& loss, const std::string& label, const std::string& column) {
  double value = -1;
  miafr::read_csv_table(out / "tables" / "identity.csv", {"loss", "label", "target_fmr", column}, {},
                        [&](const miafr::CsvRecord& row) {
                          if (row["loss"] == loss && row["label"] == label && row["target_fmr"] == "0.01")
                            value = std::stod(row[column]);
                        });
  return value;
}

// Starts it, and tells it to stop as soon as a training has done some steps. Returns the exit code.
int stop_in_training(const std::vector<std::string>& arguments, const fs::path& out) {
  const pid_t process = ::fork();
  if (process == 0) {
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), (prefix() / "bin" / "miafr").string());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  const auto in_training = [&] {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(out / "cells", none))
      if (entry.path().filename() == "metrics.csv" && fs::file_size(entry.path()) > 500) return true;
    return false;
  };
  int status = 0;
  while (!in_training()) {
    if (::waitpid(process, &status, WNOHANG) == process) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ::kill(process, SIGINT);
  ::waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Demo, TeachesAPersonAndShowsIt) {
  if (!fs::exists(prefix() / "share/miafr/demo/drawn_v1.safetensors"))
    GTEST_SKIP() << "demo/weights has no drawn_v1.safetensors";
  const fs::path out = temporary_folder() / "out";
  ASSERT_EQ(stop_in_training(demo(out), out), 130);
  EXPECT_FALSE(fs::exists(out / "demo.html"));

  const ProcessResult result = miafr(demo(out));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr((out / "demo.html").string()));
  EXPECT_THAT(result.err, Not(HasSubstr("painting with the base model")));  // that was done before the stop
  EXPECT_THAT(read_text(out / "cells/plain/alex/23/train.log") + read_text(out / "cells/biometric/alex/23/train.log"),
              HasSubstr("going on from step "));

  // The judge knows the drawn person at every age, the fine-tuned model paints them, and the base model does not.
  const auto score = [&](const char* loss, const char* label) { return identity(out, loss, label, "mean_score"); };
  EXPECT_LT(identity(out, "truth", "youngadults", "fnmr"), 0.2);
  EXPECT_GT(score("truth", "youngadults"), score("truth", "old"));
  for (const char* loss : {"plain", "biometric"}) {
    EXPECT_GT(score(loss, "youngadults"), score("before", "youngadults") + 0.1) << loss;
    EXPECT_LT(identity(out, loss, "youngadults", "fnmr"), identity(out, "before", "youngadults", "fnmr")) << loss;
  }
  EXPECT_EQ(identity(out, "truth", "all", "failed"), 0);

  const std::string page = read_text(out / "demo.html");
  for (const char* id : {"result", "pictures", "scores", "ages", "training", "cost", "real", "done"})
    EXPECT_THAT(page, HasSubstr(std::string("<h2 id=\"") + id + "\">"));
  for (const char* plot : {"DET: how often", "Scores of the judging matcher", "Apparent age by the age asked for",
                           "The error of the predicted noise", "How hard each part of the loss"})
    EXPECT_THAT(page, HasSubstr(std::string("aria-label=\"") + plot));
  EXPECT_THAT(page, Not(HasSubstr("There are no plots")));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(page, HasSubstr("./miafr experiment "));

  const auto trained = fs::last_write_time(out / "cells/plain/alex/23/cell.json");
  const auto evaluated = fs::last_write_time(out / "evaluation/results.json");
  const ProcessResult again = miafr(demo(out));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  for (const char* word : {"drawing", "painting", "training", "generating", "evaluating"})
    EXPECT_THAT(again.err, Not(HasSubstr(word)));
  EXPECT_EQ(fs::last_write_time(out / "cells/plain/alex/23/cell.json"), trained);
  EXPECT_EQ(fs::last_write_time(out / "evaluation/results.json"), evaluated);

  EXPECT_THAT(miafr(demo(out, {"--seed", "1"})).err, HasSubstr("holds a demo of another kind, seed or version"));
}

TEST(Demo, TouchesNoFolderOfOthers) {
  const fs::path out = temporary_folder();
  std::ofstream(out / "notes.txt") << "mine";
  const ProcessResult result = miafr({"demo", "--outdir", out.string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("is not empty and holds no demo; name another --outdir"));
}

}  // namespace
}  // namespace miafr_tests
