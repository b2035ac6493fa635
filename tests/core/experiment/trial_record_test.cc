// trial.json, and what makes a trial another one.
#include "core/experiment/trial_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/experiment/estimate.h"
#include "core/experiment/trial_run.h"
#include "tests/core/experiment/small_experiment.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::small_experiment;
using testing::HasSubstr;

class TrialInputs : public testing::Test {
 protected:
  TrialInputs() : folder_(miafr_tests::temporary_folder()), experiment_(small_experiment(folder_)) {}

  std::string changed_training(const Experiment& other) {
    InputHashes before, after;
    const Trial trial = trials_of(experiment_)[0];
    return differences(training_inputs(experiment_, trial, before), training_inputs(other, trial, after));
  }
  std::string changed_painting(const Experiment& other) {
    InputHashes before, after;
    const Trial trial = trials_of(experiment_)[0];
    return differences(picture_inputs(experiment_, trial, before), picture_inputs(other, trial, after));
  }

  const fs::path folder_;
  const Experiment experiment_;
};

TEST_F(TrialInputs, AreTheSameForTheSame) {
  EXPECT_EQ(changed_training(experiment_), "");
  EXPECT_EQ(changed_painting(experiment_), "");
}

TEST_F(TrialInputs, SettingsOfTrainingAreNamed) {
  Experiment other = experiment_;
  other.methods[0].config.train.steps = 400;
  EXPECT_EQ(changed_training(other), "train.steps was 800 and is 400");
  EXPECT_EQ(changed_painting(other), "");
  other = experiment_;
  other.methods[0].config.losses[0].params[0].text = "2";
  EXPECT_EQ(changed_training(other), "losses.0.params.a was 1 and is 2");
  other = experiment_;
  other.methods[0].config.losses.clear();
  EXPECT_THAT(changed_training(other), HasSubstr("losses.0.name was cosine and is nothing"));
  other = experiment_;
  other.methods[0].config.losses.push_back({"contrastive"});
  EXPECT_THAT(changed_training(other), HasSubstr("losses.1.name was nothing and is contrastive"));
  other = experiment_;
  other.subjects[0].token = "ohwx";
  EXPECT_EQ(changed_training(other), "token was sks and is ohwx");
}

TEST_F(TrialInputs, WhatIsOnlyKeptOrShownDoesNotCount) {
  Experiment other = experiment_;
  other.methods[0].config.train.checkpoint_every = 7;
  other.methods[0].config.train.preview_every = 7;
  other.methods[0].config.sampler.steps = 7;
  EXPECT_EQ(changed_training(other), "");
  EXPECT_EQ(changed_painting(other), "sampler.steps was 50 and is 7");
}

TEST_F(TrialInputs, FilesCountByContent) {
  InputHashes before;
  const Inputs then = training_inputs(experiment_, trials_of(experiment_)[0], before);
  std::ofstream(folder_ / "anna/2.png") << "another";
  InputHashes after;
  EXPECT_THAT(differences(then, training_inputs(experiment_, trials_of(experiment_)[0], after)),
              HasSubstr("photos was "));
}

TEST_F(TrialInputs, MorePicturesAreNoChange) {
  Experiment other = experiment_;
  other.prompts.push_back({"another", "y"});
  other.methods[0].config.generate.images = 100;
  EXPECT_EQ(changed_painting(other), "");
  EXPECT_EQ(changed_training(other), "");
}

TEST(TrialRecord, ASettingOfALaterVersionIsNoChange) {
  EXPECT_EQ(differences({{"train.steps", "8"}}, {{"train.steps", "8.0"}, {"train.later", "1"}}), "");
  EXPECT_EQ(differences({{"train.gone", "8"}}, {}), "train.gone was 8 and is nothing");
}

TEST(TrialRecord, ComesBackAsItWasWritten) {
  const fs::path file = miafr_tests::temporary_folder() / "trial.json";
  TrialRecord record;
  record.stages = {{"train", true, {{"train.steps", "8"}}, 12.5, 1000},
                   {"generate", false, {{"generate.images", "4"}}, 2, 500}};
  record.steps = 8;
  record.model = "train/x/checkpoints/last.safetensors";
  record.failure = "generate: no disk \xff";
  write_record(file, record, {{"trial", "a/b/1"}});
  const TrialRecord back = read_record(file);
  EXPECT_EQ(back.stage("train").inputs, record.stage("train").inputs);
  EXPECT_EQ(back.stage("train").seconds, 12.5);
  EXPECT_TRUE(back.stage("train").done);
  EXPECT_FALSE(back.done());
  EXPECT_EQ(back.model, record.model);
  EXPECT_THAT(back.failure, HasSubstr("no disk"));
}

// cell.json of version 0.1.
TEST(TrialRecord, AnEarlierVersionsIsRead) {
  const fs::path file = miafr_tests::temporary_folder() / "cell.json";
  std::ofstream(file) << R"({"cell": "a/b/1", "loss": "a", "state": "done",
    "train": {"done": true, "seconds": 20.0, "peak_memory_bytes": 7, "inputs": {"train.steps": "8"}},
    "generate": {"done": true, "seconds": 8.0, "peak_memory_bytes": 5, "inputs": {"generate.scale": "7.5"}},
    "steps": 8, "model": "train/x", "model_sha256": "ab", "model_bytes": 3, "images": 4, "images_sha256": "cd",
    "failure": "", "log": ""})";
  const TrialRecord record = read_record(file);
  EXPECT_TRUE(record.done());
  EXPECT_EQ(record.stage("train").inputs.at("train.steps"), "8");
  EXPECT_EQ(record.stage("generate").seconds, 8.0);
  EXPECT_EQ(record.images, 4);
}

TEST(TrialRecord, ADamagedOneIsNone) {
  const fs::path file = miafr_tests::temporary_folder() / "trial.json";
  std::ofstream(file) << "{\"train\": ";
  EXPECT_TRUE(read_record(file).stages.empty());
  EXPECT_TRUE(read_record(file.parent_path() / "none").stages.empty());
}

// A changed trial is begun anew, so that nothing of it counts.
TEST(ThroughputEstimate, OfACellThatIsDoneOfOneThatIsNotAndOfAChangedOne) {
  const fs::path folder = miafr_tests::temporary_folder(), out = folder / "out";
  Experiment experiment = small_experiment(folder);
  experiment.methods[0].config.generate.images = 4;
  experiment.methods[0].config.train.steps = 10;
  const Trial trial = trials_of(experiment)[0];
  fs::create_directories(TrialFolder(out, trial).path);
  TrialRecord record;
  record.stages = {{"train", true, {}, 20, 0}, {"generate", true, {}, 8, 0}};
  record.steps = 10;
  record.images = 4;
  write_record(TrialFolder(out, trial).record(), record, {});
  const ThroughputEstimate pace(experiment, out);
  EXPECT_EQ(pace.seconds_left(experiment, trial, record), 0);
  EXPECT_EQ(pace.seconds_left(experiment, trial, TrialStatus{TrialState::kDone, "", record}.usable()), 0);
  EXPECT_EQ(pace.seconds_left(experiment, trial, TrialStatus{TrialState::kChanged, "", record}.usable()), 28);
}

// Of Stable Diffusion v1.5: 860 M, 123 M and 84 M parameters.
TEST(Disk, OfAFullTrainingAndOfALora) {
  Experiment experiment = small_experiment(miafr_tests::temporary_folder());
  experiment.methods[0].config.generate.images = 1;
  const CheckpointSize size{1067e6, 860e6, 123e6, 400e3, 600e3};
  const Trial trial = trials_of(experiment)[0];
  TrainConfig& train = experiment.methods[0].config.train;
  train.steps = 800;
  train.checkpoint_every = 500;
  train.keep_last = 2;
  const double model = 1067e6 * 4, state = 983e6 * 12;
  EXPECT_NEAR(disk_of(experiment, trial, size).at_most, 2 * (model + state), 1e7);
  EXPECT_NEAR(disk_of(experiment, trial, size).kept, model, 1e7);
  train.save_dtype = "float16";
  train.optimizer = "adamw8bit";
  train.checkpoint_every = 0;
  EXPECT_NEAR(disk_of(experiment, trial, size).at_most, model / 2 + 983e6 * 6, 1e7);
  experiment.keep = "none";
  EXPECT_LT(disk_of(experiment, trial, size).kept, 1e7);
  train.method = "lora";
  train.lora_rank = 4;
  train.optimizer = "adamw";
  EXPECT_NEAR(disk_of(experiment, trial, size).at_most, 400e3 * 4 * (2 + 12), 3e6);
}

TEST(Disk, OfPicturesIsTheirPixels) {
  Experiment experiment = small_experiment(miafr_tests::temporary_folder());
  const Trial trial = trials_of(experiment)[0];
  const auto kept = [&](std::int64_t images) {
    experiment.methods[0].config.generate.images = images;
    return disk_of(experiment, trial, {}).kept;
  };
  EXPECT_NEAR(kept(1001) - kept(1), 1000 * 2.2 * 512 * 512, 1);  // one prompt
}

}  // namespace
}  // namespace miafr
