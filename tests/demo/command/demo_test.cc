// The demo, shortened, from drawn people to the page: what comes out is what the whole program is for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "core/io/csv_table.h"
#include "tests/support/process.h"
#include "tests/support/tiny_sd.h"

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

// An installation whose base model has learned nothing: what the demo does can be seen with it, what it finds cannot.
fs::path installed_with_untrained_base() {
  const fs::path home = temporary_folder() / "opt";
  fs::copy(prefix(), home, fs::copy_options::recursive);
  const fs::path base = home / "share/miafr/demo/drawn_v1.safetensors";
  fs::permissions(base.parent_path(), fs::perms::owner_write, fs::perm_options::add);
  fs::remove(base);
  write_half_safetensors(base, plain_sd_tensors());
  return home;
}

ProcessResult run_in(const fs::path& home, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), (home / "bin" / "miafr").string());
  return run_process(arguments);
}

// tables/identity.csv: a column of the row of a loss and label, at FMR 1 %.
double identity(const fs::path& out, const std::string& loss, const std::string& label, const std::string& column) {
  double value = -1;
  miafr::read_csv_table(out / "tables" / "identity.csv", {"method", "label", "target_fmr", column}, {},
                        [&](const miafr::CsvRecord& row) {
                          if (row["method"] == loss && row["label"] == label && row["target_fmr"] == "0.01")
                            value = std::stod(row[column]);
                        });
  return value;
}

// Starts it, and tells it to stop as soon as a training has done some steps. Returns the exit code.
int stop_in_training(const fs::path& home, const std::vector<std::string>& arguments, const fs::path& out) {
  const pid_t process = ::fork();
  if (process == 0) {
    std::vector<std::string> words = arguments;
    words.insert(words.begin(), (home / "bin" / "miafr").string());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  const auto in_training = [&] {
    std::error_code none;
    for (const auto& entry : fs::recursive_directory_iterator(out / "trials", none))
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

TEST(Demo, GoesOnAfterAStopToItsPageAndDoesNothingTwice) {
  const fs::path home = installed_with_untrained_base(), out = temporary_folder() / "out";
  const std::vector<std::string> command = demo(out, {"generate.images=1"});
  ASSERT_EQ(stop_in_training(home, command, out), 130);
  EXPECT_FALSE(fs::exists(out / "demo.html"));

  const ProcessResult result = run_in(home, command);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr((out / "demo.html").string()));
  EXPECT_THAT(result.err, Not(HasSubstr("painting with the base model")));  // that was done before the stop
  EXPECT_THAT(read_text(out / "trials/plain/alex/23/train.log") + read_text(out / "trials/biometric/alex/23/train.log"),
              HasSubstr("going on from step "));

  // The judge knows the drawn person at every age.
  EXPECT_LT(identity(out, "truth", "youngadults", "fnmr"), 0.2);
  EXPECT_GT(identity(out, "truth", "youngadults", "mean_score"), identity(out, "truth", "old", "mean_score"));
  EXPECT_EQ(identity(out, "truth", "all", "failed"), 0);

  const std::string page = read_text(out / "demo.html");
  for (const char* id : {"result", "pictures", "scores", "ages", "training", "cost", "real", "done"})
    EXPECT_THAT(page, HasSubstr(std::string("<h2 id=\"") + id + "\">"));
  for (const char* plot : {"DET: how often", "Scores of the judging matcher", "Apparent age by the age asked for",
                           "The denoising error", "How hard each part of the loss"})
    EXPECT_THAT(page, HasSubstr(std::string("aria-label=\"") + plot));
  EXPECT_THAT(page, Not(HasSubstr("There are no plots")));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(page, HasSubstr("./miafr experiment " + out.string()));  // as it was typed

  const auto trained = fs::last_write_time(out / "trials/plain/alex/23/trial.json");
  const auto evaluated = fs::last_write_time(out / "evaluation/results.json");
  const ProcessResult again = run_in(home, command);
  ASSERT_EQ(again.exit_code, 0) << again.err;
  for (const char* word : {"drawing", "painting", "training", "generating", "evaluating"})
    EXPECT_THAT(again.err, Not(HasSubstr(word)));
  EXPECT_EQ(fs::last_write_time(out / "trials/plain/alex/23/trial.json"), trained);
  EXPECT_EQ(fs::last_write_time(out / "evaluation/results.json"), evaluated);

  // Pictures of the base model with other settings are others; what is trained and painted is not mixed with them.
  const auto before = [&] {
    std::vector<std::string> pictures;
    for (const auto& entry : fs::directory_iterator(out / "faces/before/alex/old"))
      pictures.push_back(read_text(entry.path()));
    return pictures;
  };
  const std::vector<std::string> earlier = before();
  EXPECT_THAT(run_in(home, demo(out, {"generate.images=1", "generate.scale=5"})).err,
              HasSubstr("--redo does it again"));
  EXPECT_EQ(before().size(), 1U);
  EXPECT_NE(before(), earlier);

  EXPECT_THAT(run_in(home, demo(out, {"evaluate.fmr=[0.1]"})).err, HasSubstr("evaluate.fmr: must hold 0.01"));
  EXPECT_THAT(run_in(home, demo(out, {"--seed", "1"})).err, HasSubstr("holds a demo of another kind, seed or version"));
}

// The fine-tuned model paints the person, and the base model does not.
TEST(Demo, TeachesAPerson) {
  const fs::path out = temporary_folder() / "out";
  const ProcessResult result = miafr(demo(out));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_GT(identity(out, "before", "youngadults", "fnmr"), 0.5);
  const auto score = [&](const char* loss) { return identity(out, loss, "youngadults", "mean_score"); };
  for (const char* loss : {"plain", "biometric"}) {
    EXPECT_GT(score(loss), score("before") + 0.3) << loss;
    EXPECT_LT(identity(out, loss, "youngadults", "fnmr"), 0.5) << loss;
  }
}

TEST(Demo, TouchesNoFolderOfOthers) {
  const fs::path out = temporary_folder();
  std::ofstream(out / "notes.txt") << "mine";
  const ProcessResult result = miafr({"demo", "--outdir", out.string()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("is not empty and holds no demo; name another --out"));
}

}  // namespace
}  // namespace miafr_tests
