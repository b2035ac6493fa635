// How far a trial is, by what lies in its folder.
#include "core/experiment/trial_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/experiment/small_experiment.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// A full disk may have cut its last row.
TEST(TrialStatus, OfADamagedManifestIsBrokenWithTheLine) {
  const fs::path out = miafr_tests::temporary_folder();
  const Experiment experiment = miafr_tests::small_experiment(out);
  const Trial trial = trials_of(experiment)[0];
  const TrialFolder folder(out, trial);
  InputHashes hashes;
  TrialRecord record;
  record.train = {true, training_inputs(experiment, trial, hashes), 1, 0};
  record.generate = {true, picture_inputs(experiment, trial), 1, 0};
  record.model = "model";
  fs::create_directories(folder.images());
  write_record(folder.record(), record, {});
  std::ofstream(folder.images() / "manifest.csv") << "file,prompt,label,seed\nsamples/00000.png,photo of";
  const TrialStatus status = status_of(experiment, trial, out, hashes);
  EXPECT_EQ(status.state, TrialState::kBroken);
  EXPECT_THAT(status.note, HasSubstr((folder.images() / "manifest.csv").string() + ":2: "));
  EXPECT_THAT(status.note, HasSubstr("; correct it, or remove " + folder.images().string()));
  EXPECT_TRUE(status.record.train.done);
  EXPECT_FALSE(status.record.generate.done);
}

}  // namespace
}  // namespace miafr
