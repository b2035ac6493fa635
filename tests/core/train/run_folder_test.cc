// A run's folder: rows that are whole or not there, previews of steps that are done again, and what run.json says when
// a run goes on.
#include "core/train/run_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <nlohmann/json.hpp>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "core/train/run_description.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::read_text;
using miafr_tests::temporary_folder;
using testing::HasSubstr;
namespace fs = std::filesystem;

// A full disk, played by a limit on the size of files, while the object lives.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t size) {
    ::signal(SIGXFSZ, SIG_IGN);
    limit(size);
  }
  ~FullDisk() { limit(RLIM_INFINITY); }

 private:
  static void limit(rlim_t size) {
    const rlimit wanted{size, RLIM_INFINITY};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &wanted), 0);
  }
};

TEST(RunFolder, AFullDiskCostsARowAndNotTheOthers) {
  const fs::path folder = temporary_folder();
  RunFolder run(folder);
  run.open_metrics({"loss", "identity"}, 0);
  run.add_metrics(0, {{"loss", 0.5}});
  {
    const FullDisk full(fs::file_size(folder / "metrics.csv") + 3);
    run.add_metrics(1, {{"loss", 0.25}});
    run.complete_metrics("identity", 0.75);  // of a row that is not there
  }
  EXPECT_EQ(read_text(folder / "metrics.csv"), "step,loss,identity\n0,0.5,\n");
  run.add_metrics(2, {{"loss", 0.125}});
  EXPECT_EQ(read_text(folder / "metrics.csv"), "step,loss,identity\n0,0.5,\n2,0.125,\n");
}

TEST(RunFolder, ARowIsCompletedAfterwards) {
  const fs::path folder = temporary_folder();
  RunFolder run(folder);
  run.open_metrics({"loss", "identity"}, 0);
  run.add_metrics(0, {{"loss", 0.5}});
  {
    const FullDisk full(fs::file_size(folder / "metrics.csv") + 1);
    run.complete_metrics("identity", 0.25);
    EXPECT_EQ(read_text(folder / "metrics.csv"), "step,loss,identity\n0,0.5,\n");
  }
  run.complete_metrics("identity", 0.25);
  run.add_metrics(1, {{"loss", 1}});
  EXPECT_EQ(read_text(folder / "metrics.csv"), "step,loss,identity\n0,0.5,0.25\n1,1,\n");
}

TEST(RunFolder, ForgetsThePreviewsOfStepsThatAreDoneAgain) {
  const fs::path folder = temporary_folder();
  fs::create_directory(folder / "previews");
  for (const char* name : {"step-00000002.png", "step-00000004.png", "step-00000004.png.x1Y2z3", "notes.txt"})
    std::ofstream(folder / "previews" / name) << "a picture";
  RunFolder run(folder);
  run.open_metrics({"loss"}, 2);
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder / "previews")) left.insert(entry.path().filename().string());
  EXPECT_EQ(left, (std::set<std::string>{"step-00000002.png", "notes.txt"}));
}

// A run with two photos, and what its run.json says.
class ResumedRun : public testing::Test {
 protected:
  ResumedRun() {
    options_.checkpoint = file("model.safetensors", "weights");
    sets_.train = {{file("a.png", "a"), "photo of a sks person", 64, 64},
                   {file("b.png", "b"), "photo of a sks person", 64, 64}};
    nlohmann::json before = nlohmann::json::parse(describe_run(options_, sets_, {}));
    before["started"] = "2026-05-01T12:00:00Z";
    std::ofstream(folder_ / "run.json") << before.dump();
  }

  fs::path file(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name) << bytes;
    return folder_ / name;
  }

  // And what is warned of on the way.
  std::string resumed() {
    setup_log("info", "never");
    testing::internal::CaptureStderr();
    json_ = nlohmann::json::parse(describe_resumed_run(folder_, describe_run(options_, sets_, {})));
    return testing::internal::GetCapturedStderr();
  }

  const fs::path folder_ = temporary_folder();
  TrainOptions options_;
  TrainingSets sets_;
  nlohmann::json json_;
};

TEST_F(ResumedRun, BeganWhenItBegan) {
  EXPECT_EQ(resumed(), "");
  EXPECT_EQ(json_.at("started"), "2026-05-01T12:00:00Z");
}

TEST_F(ResumedRun, NamesThePhotosThatAreOthers) {
  file("a.png", "another a");
  sets_.train[1] = {file("c.png", "c"), "photo of a sks person", 64, 64};
  const std::string warned = resumed();
  EXPECT_THAT(warned, HasSubstr("goes on with other photos or captions than it was begun with; changed: " +
                                (folder_ / "a.png").string() + "; added: " + (folder_ / "c.png").string() +
                                "; removed: " + (folder_ / "b.png").string()));
}

TEST_F(ResumedRun, TakesPhotosThatLieElsewhere) {
  fs::create_directory(folder_ / "moved");
  fs::rename(folder_ / "a.png", folder_ / "moved" / "a.png");
  sets_.train[0].file = folder_ / "moved" / "a.png";
  EXPECT_EQ(resumed(), "");
}

TEST_F(ResumedRun, RefusesAnotherCheckpoint) {
  file("model.safetensors", "other weights");
  try {
    describe_resumed_run(folder_, describe_run(options_, sets_, {}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("is not the checkpoint that"));
    EXPECT_THAT(error.what(), HasSubstr("--actual_resume"));
  }
}

TEST_F(ResumedRun, HasAsManyRanks) {
  const RunConfig config;
  EXPECT_NO_THROW(check_settings("c", settings_that_must_match(config, 2), settings_that_must_match(config, 2)));
  try {
    check_settings("c", settings_that_must_match(config, 1), settings_that_must_match(config, 2));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("WORLD_SIZE = 2, not 1"));
  }
}

}  // namespace
}  // namespace miafr
