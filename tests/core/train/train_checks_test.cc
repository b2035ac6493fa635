// What a training run could only find out late is found out before its photos are looked at.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/imgcodecs.hpp>

#include "tests/support/process.h"
#include "tests/support/tiny_sd.h"

namespace {

using miafr_tests::miafr;
using miafr_tests::ProcessResult;
using miafr_tests::temporary_folder;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

class TrainChecks : public testing::Test {
 protected:
  TrainChecks() : folder_(temporary_folder()), logs_(folder_ / "logs") {
    miafr_tests::write_half_safetensors(folder_ / "tiny.safetensors", miafr_tests::tiny_sd_tensors());
    fs::create_directories(folder_ / "photos");
    cv::imwrite((folder_ / "photos/a.png").string(), cv::Mat(64, 64, CV_8UC3, cv::Scalar(90, 120, 200)));
    std::ofstream(folder_ / "tiny.yaml") << "model: {unet_num_heads: 4, text_encoder_heads: 4}\n"
                                            "data: {size: 64}\n"
                                            "train: {steps: 1, method: lora, lora_rank: 2, checkpoint_every: 0, "
                                            "preview_every: 0, gradient_norms_every: 0}\nlosses: []\n";
  }
  ProcessResult train(const std::vector<std::string>& more) const {
    std::vector<std::string> all = {"train",
                                    "--base",
                                    (folder_ / "tiny.yaml").string(),
                                    "--actual_resume",
                                    (folder_ / "tiny.safetensors").string(),
                                    "--data_root",
                                    (folder_ / "photos").string()};
    all.insert(all.end(), more.begin(), more.end());
    return miafr(all);
  }
  // From now on each look at the photos is an error.
  void damage_photos() const { std::ofstream(folder_ / "photos/broken.png") << "no picture"; }

  const fs::path folder_, logs_;
};

TEST_F(TrainChecks, ARunThatGoesOn) {
  ASSERT_EQ(train({"-l", logs_.string(), "-n", "job"}).exit_code, 0);
  const fs::path run = fs::directory_iterator(logs_)->path(), left = run / "checkpoints/.unfinished-step-00000009";
  fs::create_directories(left);
  std::ofstream(left / "state.safetensors") << "gigabytes";  // of a killed process
  const ProcessResult done = miafr({"train", "-r", run.string()});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_FALSE(fs::exists(left)) << "its room is needed before the next checkpoint";

  damage_photos();
  const ProcessResult other = miafr({"train", "-r", run.string(), "train.lora_rank=3"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, AllOf(HasSubstr("was trained with train.lora_rank = 2, not 3"), Not(HasSubstr("broken.png"))));
  fs::remove_all(run / "checkpoints");
  const ProcessResult none = miafr({"train", "-r", run.string()});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, AllOf(HasSubstr("holds no checkpoint to go on from"), Not(HasSubstr("broken.png"))));
}

TEST_F(TrainChecks, FilesThatCannotBeWritten) {
  damage_photos();
  std::ofstream(folder_ / "file") << "x";
  const ProcessResult logs = train({"-l", (folder_ / "file/logs").string(), "-n", "job"});
  EXPECT_EQ(logs.exit_code, 1);
  EXPECT_THAT(logs.err, AllOf(HasSubstr("cannot be made: "), HasSubstr("Not a directory; -l says where"),
                              Not(HasSubstr("broken.png"))));
  const ProcessResult timings = train({"-l", logs_.string(), "--timings", (folder_ / "none/timings.json").string()});
  EXPECT_EQ(timings.exit_code, 1);
  EXPECT_THAT(timings.err, AllOf(HasSubstr("timings.json: cannot be written"), Not(HasSubstr("broken.png"))));
  EXPECT_FALSE(fs::exists(logs_));
}

TEST_F(TrainChecks, TextsThatNoPhotoTakesItsCaptionFromAreWarnedOf) {
  std::ofstream(folder_ / "photos/a.caption") << "a person";
  std::ofstream(folder_ / "photos/b.txt") << "nobody";
  EXPECT_THAT(train({"-l", logs_.string(), "--dry-run"}).err,
              HasSubstr("warning: " + (folder_ / "photos").string() +
                        ": 2 text files are no photo's caption: a.caption (is a.txt meant?), b.txt;"));
}

}  // namespace
