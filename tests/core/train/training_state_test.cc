// The folder of a run's checkpoints: what is kept, what is the last and the best, and what a full disk leaves.
#include "core/train/training_state.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <torch/types.h>

#include <set>

#include "core/base/errors.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::read_text;
using miafr_tests::temporary_folder;
namespace fs = std::filesystem;

class Checkpoints : public testing::Test {
 protected:
  // A model of that format whose bytes name the step.
  fs::path save(std::int64_t step, const std::string& extension = ".safetensors", std::int64_t numbers = 1) const {
    TrainingState state;
    state.step = step;
    state.tensors["weight.a"] = at::full({numbers}, static_cast<double>(step));
    return checkpoints_.save(
        state, [&](const fs::path& folder) { std::ofstream(folder / ("model" + extension)) << "step " << step; });
  }

  std::set<std::string> names() const {
    std::set<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder_)) all.insert(entry.path().filename().string());
    return all;
  }

  const fs::path folder_ = temporary_folder();
  const CheckpointFolder checkpoints_{folder_};
};

TEST_F(Checkpoints, OnlyTheNewestAreKept) {
  for (const int step : {1, 2, 10, 30}) save(step);
  fs::create_directory(folder_ / ".unfinished-step-00000040");
  checkpoints_.prune(0);
  EXPECT_EQ(names(), (std::set<std::string>{"step-00000001", "step-00000002", "step-00000010", "step-00000030",
                                            "last.safetensors"}));
  checkpoints_.prune(2);
  EXPECT_EQ(names(), (std::set<std::string>{"step-00000010", "step-00000030", "last.safetensors"}));
  EXPECT_EQ(checkpoints_.newest(), folder_ / "step-00000030");
}

TEST_F(Checkpoints, TheBestStaysWhenItsCheckpointGoes) {
  EXPECT_EQ(checkpoints_.best_identity(), std::nullopt);
  save(1);
  checkpoints_.set_best(1, 0.75);
  save(2);
  checkpoints_.prune(1);
  EXPECT_EQ(read_text(folder_ / "best.safetensors"), "step 1");
  EXPECT_EQ(read_text(folder_ / "last.safetensors"), "step 2");
  EXPECT_EQ(checkpoints_.best_identity(), 0.75);
}

// Whoever looks for `last.*` finds one.
TEST_F(Checkpoints, AnotherFormatTakesTheOthersPlace) {
  save(1);
  checkpoints_.set_best(1, 0.5);
  save(2, ".ckpt");
  EXPECT_EQ(read_text(folder_ / "last.ckpt"), "step 2");
  EXPECT_FALSE(fs::exists(fs::symlink_status(folder_ / "last.safetensors")));
  EXPECT_EQ(read_text(folder_ / "best.safetensors"), "step 1");  // which is the best still
  checkpoints_.set_best(2, 0.75);
  EXPECT_EQ(read_text(folder_ / "best.ckpt"), "step 2");
  EXPECT_FALSE(fs::exists(folder_ / "best.safetensors"));
}

// Played by a limit on the size of files.
TEST_F(Checkpoints, AFullDiskLeavesTheEarlierOneIntact) {
  save(1);
  const std::set<std::string> before = names();
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{4096, RLIM_INFINITY}, unlimited{RLIM_INFINITY, RLIM_INFINITY};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  EXPECT_THROW(save(2, ".safetensors", 100000), Error);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  EXPECT_EQ(names(), before);
  EXPECT_EQ(read_text(folder_ / "last.safetensors"), "step 1");
  EXPECT_EQ(read_state(*checkpoints_.newest()).tensors.at("weight.a").item<float>(), 1);
}

}  // namespace
}  // namespace miafr
