// cell.json, and what makes a cell another one.
#include "core/experiment/cell_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/experiment/cell_run.h"
#include "core/experiment/estimate.h"
#include "tests/core/experiment/small_experiment.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::small_experiment;
using testing::HasSubstr;

class CellInputs : public testing::Test {
 protected:
  CellInputs() : folder_(miafr_tests::temporary_folder()), experiment_(small_experiment(folder_)) {}

  std::string changed_training(const Experiment& other) {
    InputHashes before, after;
    const Cell cell = cells_of(experiment_)[0];
    return differences(training_inputs(experiment_, cell, before), training_inputs(other, cell, after));
  }
  std::string changed_painting(const Experiment& other) {
    const Cell cell = cells_of(experiment_)[0];
    return differences(painting_inputs(experiment_, cell), painting_inputs(other, cell));
  }

  const fs::path folder_;
  const Experiment experiment_;
};

TEST_F(CellInputs, AreTheSameForTheSame) {
  EXPECT_EQ(changed_training(experiment_), "");
  EXPECT_EQ(changed_painting(experiment_), "");
}

TEST_F(CellInputs, SettingsOfTrainingAreNamed) {
  Experiment other = experiment_;
  other.losses[0].config.train.steps = 400;
  EXPECT_EQ(changed_training(other), "train.steps was 800 and is 400");
  EXPECT_EQ(changed_painting(other), "");
  other = experiment_;
  other.losses[0].config.losses[0].params[0].text = "2";
  EXPECT_EQ(changed_training(other), "losses.0.params.a was 1 and is 2");
  other = experiment_;
  other.losses[0].config.losses.clear();
  EXPECT_THAT(changed_training(other), HasSubstr("losses.0.name was cosine and is nothing"));
  other = experiment_;
  other.losses[0].config.losses.push_back({"contrastive"});
  EXPECT_THAT(changed_training(other), HasSubstr("losses.1.name was nothing and is contrastive"));
  other = experiment_;
  other.subjects[0].token = "ohwx";
  EXPECT_EQ(changed_training(other), "token was sks and is ohwx");
}

TEST_F(CellInputs, WhatIsOnlyKeptOrShownDoesNotCount) {
  Experiment other = experiment_;
  other.losses[0].config.train.checkpoint_every = 7;
  other.losses[0].config.train.preview_every = 7;
  other.losses[0].config.sampler.steps = 7;
  EXPECT_EQ(changed_training(other), "");
  EXPECT_EQ(changed_painting(other), "sampler.steps was 50 and is 7");
}

TEST_F(CellInputs, FilesCountByContent) {
  InputHashes before;
  const Inputs then = training_inputs(experiment_, cells_of(experiment_)[0], before);
  std::ofstream(folder_ / "anna/2.png") << "another";
  InputHashes after;
  EXPECT_THAT(differences(then, training_inputs(experiment_, cells_of(experiment_)[0], after)),
              HasSubstr("photos was "));
}

TEST_F(CellInputs, MorePicturesAreNoChange) {
  Experiment other = experiment_;
  other.prompts.push_back({"another", "y"});
  other.paint.images = 100;
  EXPECT_EQ(changed_painting(other), "");
  EXPECT_EQ(changed_training(other), "");
}

TEST(CellRecord, ASettingOfALaterVersionIsNoChange) {
  EXPECT_EQ(differences({{"train.steps", "8"}}, {{"train.steps", "8.0"}, {"train.later", "1"}}), "");
  EXPECT_EQ(differences({{"train.gone", "8"}}, {}), "train.gone was 8 and is nothing");
}

TEST(CellRecord, ComesBackAsItWasWritten) {
  const fs::path file = miafr_tests::temporary_folder() / "cell.json";
  CellRecord record;
  record.train = {true, {{"train.steps", "8"}}, 12.5, 1000};
  record.generate = {false, {{"generate.images", "4"}}, 2, 500};
  record.steps = 8;
  record.model = "train/x/checkpoints/last.safetensors";
  record.failure = "generate: no disk \xff";
  write_record(file, record, {{"cell", "a/b/1"}});
  const CellRecord back = read_record(file);
  EXPECT_EQ(back.train.inputs, record.train.inputs);
  EXPECT_EQ(back.train.seconds, 12.5);
  EXPECT_TRUE(back.train.done);
  EXPECT_FALSE(back.done());
  EXPECT_EQ(back.model, record.model);
  EXPECT_THAT(back.failure, HasSubstr("no disk"));
}

TEST(CellRecord, ADamagedOneIsNone) {
  const fs::path file = miafr_tests::temporary_folder() / "cell.json";
  std::ofstream(file) << "{\"train\": ";
  EXPECT_FALSE(read_record(file).train.done);
  EXPECT_TRUE(read_record(file).train.inputs.empty());
  EXPECT_TRUE(read_record(file.parent_path() / "none").train.inputs.empty());
}

// A changed cell is begun anew, so that nothing of it counts.
TEST(Pace, OfACellThatIsDoneOfOneThatIsNotAndOfAChangedOne) {
  const fs::path folder = miafr_tests::temporary_folder(), out = folder / "out";
  Experiment experiment = small_experiment(folder);
  experiment.paint.images = 4;
  experiment.losses[0].config.train.steps = 10;
  const Cell cell = cells_of(experiment)[0];
  fs::create_directories(CellFolder(out, cell).path);
  CellRecord record;
  record.train = {true, {}, 20, 0};
  record.generate = {true, {}, 8, 0};
  record.steps = 10;
  record.images = 4;
  write_record(CellFolder(out, cell).record(), record, {});
  const Pace pace(experiment, out);
  EXPECT_EQ(pace.seconds_left(experiment, cell, record), 0);
  EXPECT_EQ(pace.seconds_left(experiment, cell, CellStatus{CellState::kDone, "", record}.usable()), 0);
  EXPECT_EQ(pace.seconds_left(experiment, cell, CellStatus{CellState::kChanged, "", record}.usable()), 28);
}

// Of Stable Diffusion v1.5: 860 M, 123 M and 84 M parameters.
TEST(Disk, OfAFullTrainingAndOfALora) {
  Experiment experiment = small_experiment(miafr_tests::temporary_folder());
  experiment.paint.images = 1;
  const CheckpointSize size{1067e6, 860e6, 123e6, 400e3, 600e3};
  const Cell cell = cells_of(experiment)[0];
  TrainConfig& train = experiment.losses[0].config.train;
  train.steps = 800;
  train.checkpoint_every = 500;
  train.keep_last = 2;
  const double model = 1067e6 * 4, state = 983e6 * 12;
  EXPECT_NEAR(disk_of(experiment, cell, size).at_most, 2 * (model + state), 1e7);
  EXPECT_NEAR(disk_of(experiment, cell, size).kept, model, 1e7);
  train.save_dtype = "float16";
  train.optimizer = "adamw8bit";
  train.checkpoint_every = 0;
  EXPECT_NEAR(disk_of(experiment, cell, size).at_most, model / 2 + 983e6 * 6, 1e7);
  experiment.keep = "none";
  EXPECT_LT(disk_of(experiment, cell, size).kept, 1e7);
  train.method = "lora";
  train.lora_rank = 4;
  train.optimizer = "adamw";
  EXPECT_NEAR(disk_of(experiment, cell, size).at_most, 400e3 * 4 * (2 + 12), 3e6);
}

TEST(Disk, OfPicturesIsTheirPixels) {
  Experiment experiment = small_experiment(miafr_tests::temporary_folder());
  const Cell cell = cells_of(experiment)[0];
  const auto kept = [&](std::int64_t images) {
    experiment.paint.images = images;
    return disk_of(experiment, cell, {}).kept;
  };
  EXPECT_NEAR(kept(1001) - kept(1), 1000 * 2.2 * 512 * 512, 1);  // one prompt
}

}  // namespace
}  // namespace miafr
