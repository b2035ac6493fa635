// miafr fit from the command line: run folder, resuming to the bit, previews, weights that miafr edit takes, and what
// goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "tests/support/editors.h"
#include "tests/support/safetensors.h"

namespace miafr_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// The old are 60 redder than the young, and as blue.
class Fit : public testing::Test {
 protected:
  Fit() {
    std::ofstream list(labels_);
    list << "file,subject,age,note\n";
    for (int i = 0; i < 6; ++i) {
      const bool old = i % 2 == 1;
      const std::string name = (old ? "old/" : "young/") + std::to_string(i) + ".png";
      write_colour(data_ / name, old ? 160 : 100, 90, 200);
      list << name << ",person " << i / 2 << "," << (old ? "old" : "young") << ",\"a, b\"\n";
    }
  }

  std::vector<std::string> command(const fs::path& logs, std::vector<std::string> more,
                                   const std::string& editor = "colour_shift") const {
    std::vector<std::string> all = {"fit",      "--editor",       editor, "--data",      data_.string(),
                                    "--labels", labels_.string(), "-l",   logs.string(), "-n",
                                    "job"};
    all.insert(all.end(), more.begin(), more.end());
    return with_editors(all);
  }
  ProcessResult fit(const fs::path& logs, std::vector<std::string> more,
                    const std::string& editor = "colour_shift") const {
    return miafr(command(logs, std::move(more), editor));
  }
  static ProcessResult resume(const fs::path& run, std::vector<std::string> more) {
    more.insert(more.begin(), {"fit", "-r", run.string()});
    return miafr(with_editors(more));
  }

  const fs::path data_ = temporary_folder(), labels_ = temporary_folder() / "labels.csv", logs_ = temporary_folder();
};

// The only run folder below `logs`.
fs::path run_of(const fs::path& logs) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(logs)) found = entry.path();
  return found;
}

std::string model_of(const fs::path& run) { return (run / "checkpoints/last.safetensors").string(); }

std::size_t rows_of(const fs::path& run) {
  const std::string text = read_text(run / "metrics.csv");
  return text.empty() ? 0 : static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) - 1;
}

// The columns that a clock or the machine has no part in.
std::string lasting_metrics(const fs::path& run) {
  std::istringstream in(read_text(run / "metrics.csv"));
  std::string all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream row(line);
    std::string field;
    for (int i = 0; i < 6 && std::getline(row, field, ','); ++i) all += field + ",";  // up to the gradients' norms
    all += "\n";
  }
  return all;
}

void expect_same_state(const fs::path& a, const fs::path& b, const std::string& step) {
  const auto state_of = [&](const fs::path& run) {
    return read_safetensors(run / "checkpoints" / ("step-" + step) / "state.safetensors");
  };
  const auto first = state_of(a), second = state_of(b);
  ASSERT_EQ(first.size(), second.size());
  for (const auto& [name, tensor] : first) EXPECT_TRUE(tensor.equal(second.at(name))) << name;
}

pid_t start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), (prefix() / "bin" / "miafr").string());
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> argv;
  for (std::string& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

void wait_for_rows(const fs::path& logs, std::size_t rows) {
  for (int i = 0; i < 1200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (!fs::is_empty(logs) && rows_of(run_of(logs)) >= rows) return;
  }
  FAIL() << "no steps in a minute";
}

TEST_F(Fit, LeavesWeightsThatEditUses) {
  const auto fitted = fit(logs_, {"steps=400", "batch_size=4", "checkpoint_every=0", "preview_every=200"},
                          "colour_shift:learning_rate=0.005");
  ASSERT_EQ(fitted.exit_code, 0) << fitted.err;
  const fs::path run = run_of(logs_), out = temporary_folder();
  EXPECT_EQ(fitted.out, run.string() + "\n");
  EXPECT_THAT(fitted.err, HasSubstr("memory: weights"));
  EXPECT_THAT(read_text(run / "metrics.csv"),
              testing::StartsWith("step,colour,colour_again,mean,shift_grad_norm,bias_grad_norm,seconds,memory_bytes,"
                                  "skipped\n0,"));
  EXPECT_EQ(rows_of(run), 400u);
  EXPECT_TRUE(fs::exists(run / "previews/step-00000200.png"));
  EXPECT_THAT(read_text(run / "run.json"), HasSubstr("\"colour_shift\""));
  const auto edited = miafr(with_editors({"edit", "--editor", "colour_shift:weights=" + model_of(run), "--input",
                                          (data_ / "young/0.png").string(), "--age", "old", "--outdir", out.string()}));
  ASSERT_EQ(edited.exit_code, 0) << edited.err;
  const cv::Mat picture = cv::imread((out / "samples/00000.png").string());
  // Half of the photos that are shifted to old are old already, so 30 and not 60 is what is best.
  EXPECT_NEAR(picture.at<cv::Vec3b>(5, 5)[2], 100 + 30, 12);
  EXPECT_NEAR(picture.at<cv::Vec3b>(5, 5)[0], 200, 6);
}

TEST_F(Fit, GoesOnExactlyWhereItStopped) {
  const fs::path parts = temporary_folder();
  ASSERT_EQ(fit(logs_, {"steps=8", "batch_size=3"}).exit_code, 0);
  ASSERT_EQ(fit(parts, {"steps=3", "batch_size=3"}).exit_code, 0);
  const auto resumed = resume(run_of(parts), {"steps=8"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("going on from step 3"));
  expect_same_state(run_of(logs_), run_of(parts), "00000008");
  EXPECT_EQ(lasting_metrics(run_of(logs_)), lasting_metrics(run_of(parts)));
  EXPECT_EQ(read_text(model_of(run_of(logs_))), read_text(model_of(run_of(parts))));
  EXPECT_EQ(rows_of(run_of(parts)), 8u);
}

TEST_F(Fit, CtrlCSavesAndTheRestComesOutTheSame) {
  const fs::path parts = temporary_folder();
  const std::string editor = "colour_shift:pause=50";
  const pid_t child = start(command(parts, {"steps=2000"}, editor));
  wait_for_rows(parts, 2);
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const std::string steps = "steps=" + std::to_string(rows_of(run_of(parts)) + 2);
  ASSERT_EQ(resume(run_of(parts), {steps}).exit_code, 0);
  ASSERT_EQ(fit(logs_, {steps}, editor).exit_code, 0);
  EXPECT_EQ(lasting_metrics(run_of(logs_)), lasting_metrics(run_of(parts)));
  EXPECT_EQ(read_text(model_of(run_of(logs_))), read_text(model_of(run_of(parts))));
}

TEST_F(Fit, AKilledRunGoesOnFromItsNewestCheckpoint) {
  const fs::path parts = temporary_folder();
  const std::string editor = "colour_shift:pause=30";
  const pid_t child = start(command(parts, {"steps=2000", "checkpoint_every=2"}, editor));
  wait_for_rows(parts, 5);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const std::string steps = "steps=" + std::to_string(rows_of(run_of(parts)) + 2);
  const auto resumed = resume(run_of(parts), {steps});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  ASSERT_EQ(fit(logs_, {steps}, editor).exit_code, 0);
  EXPECT_EQ(lasting_metrics(run_of(logs_)), lasting_metrics(run_of(parts)));
}

TEST_F(Fit, PhotosThatDoNotFitIntoMemoryAreReadAgain) {
  const fs::path other = temporary_folder();
  ASSERT_EQ(fit(logs_, {"steps=3"}).exit_code, 0);
  ASSERT_EQ(fit(other, {"steps=3", "keep_pictures=false"}).exit_code, 0);
  expect_same_state(run_of(logs_), run_of(other), "00000003");
}

TEST_F(Fit, AnInfiniteLossIsLeftOut) {
  const auto result = fit(logs_, {"steps=4"}, "colour_shift:nan_every=3");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("step 2: the loss is not finite; the step is left out"));
}

TEST_F(Fit, AFullDiskCostsACheckpointAndNotTheRun) {
  if (::mount("tmpfs", logs_.c_str(), "tmpfs", 0, "size=120k") != 0) GTEST_SKIP() << "mounting needs root";
  const auto result = fit(logs_, {"steps=2000", "checkpoint_every=1900", "preview_every=0"});
  ::umount(logs_.c_str());
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("training goes on"));
  EXPECT_EQ(result.err.find("terminate"), std::string::npos) << result.err;
}

TEST_F(Fit, DryRunWritesNothing) {
  const auto result = fit(logs_, {"--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("memory: weights"));
  EXPECT_TRUE(fs::is_empty(logs_));
}

TEST_F(Fit, APhotoThatCannotBeReadIsNamed) {
  std::ofstream(data_ / "young/0.png") << "no picture";
  const auto result = fit(logs_, {"steps=1"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("young/0.png: left out: "));
  EXPECT_THAT(result.err, HasSubstr("1 of 6 listed photos are left out"));
}

TEST_F(Fit, BadInputGetsOneLine) {
  const auto refused = [&](const std::vector<std::string>& more, const std::string& editor, int code,
                           const std::string& text) {
    const auto result = fit(logs_, more, editor);
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(text));
    EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1) << result.err;
    EXPECT_TRUE(fs::is_empty(logs_));
  };
  const auto list = [&](const std::string& text) { std::ofstream(labels_) << text; };
  refused({"stpes=4"}, "colour_shift", 1, "did you mean 'steps'?");
  refused({"steps=0"}, "colour_shift", 1, "steps = 0");
  refused({"--stpes"}, "colour_shift", 2, "unknown argument --stpes");
  refused({}, "nose_crop", 1, "editor nose_crop: it cannot be fitted");
  list("file,age\nyoung/0.png,young\n");
  refused({}, "colour_shift", 1, "there must be photos labelled young and photos labelled old");
  list("file,age\nyoung/0.png,middling\n");
  refused({}, "colour_shift", 1, "age is middling; allowed are young, old");
  list("file\nyoung/0.png\n");
  refused({}, "colour_shift", 1, "the list has no column 'age'");
  list("name,age\nyoung/0.png,young\n");
  refused({}, "colour_shift", 1, "labels.csv:1: there is no column 'file'");
  list("file,age\nyoung/9.png,young\n");
  refused({}, "colour_shift", 1, "labels.csv:2: ");
  list("file,age\n../0.png,young\n");
  refused({}, "colour_shift", 1, "labels.csv:2: '../0.png' is no file below ");
  list("file,age\nyoung/0.png,young\nyoung/0.png,old\n");
  refused({}, "colour_shift", 1, "labels.csv:3: young/0.png is listed twice");
  list("file,age\nyoung/0.png\n");
  refused({}, "colour_shift", 1, "labels.csv:2: 1 fields where the first line has 2");
}

TEST_F(Fit, ARunGoesOnAsItWasBegun) {
  ASSERT_EQ(fit(logs_, {"steps=2"}).exit_code, 0);
  const fs::path run = run_of(logs_);
  const auto other = resume(run, {"steps=4", "batch_size=2"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("was trained with batch_size = 16, not 2"));
  EXPECT_EQ(resume(run, {"--editor", "colour_shift"}).exit_code, 2);
  EXPECT_EQ(resume(run / "checkpoints", {"steps=4"}).exit_code, 1);
  write_colour(data_ / "young/0.png", 1, 2, 3);
  const auto changed = resume(run, {"steps=3"});
  EXPECT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_THAT(changed.err, HasSubstr("goes on with other photos or labels than it was begun with"));
}

}  // namespace
}  // namespace miafr_tests
