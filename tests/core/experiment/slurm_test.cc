// The scripts of a job array.
#include "core/experiment/slurm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::run_process;
using testing::HasSubstr;
using testing::StartsWith;
namespace fs = std::filesystem;

SlurmJob job_of(const fs::path& folder) {
  SlurmJob job;
  job.trials = {"plain/anna/23", "plain/O'Neil $HOME/23"};
  job.command = {"printf", "%s\\n", "a b", "it's"};
  job.working_folder = folder;
  return job;
}

TEST(Slurm, TheScriptHasATaskForEachCell) {
  Experiment experiment;
  experiment.name = "my study";
  experiment.slurm = {"--gres=gpu:1"};
  SlurmJob job = job_of("/tmp");
  EXPECT_THAT(cells_script(experiment, job),
              StartsWith("#!/bin/bash\n#SBATCH --job-name=miafr-my_study\n#SBATCH --array=0-1\n#SBATCH "
                         "--output=trial-%a.log\n#SBATCH --signal=B:INT@120\n#SBATCH --gres=gpu:1\n"));
  job.jobs = 3;
  EXPECT_THAT(cells_script(experiment, job), HasSubstr("#SBATCH --array=0-1%3\n"));
  EXPECT_THAT(evaluation_script(experiment, job), HasSubstr("--evaluate\n"));
  EXPECT_THAT(evaluation_script(experiment, job), testing::Not(HasSubstr("--array")));
}

// Whatever is in a name reaches the program as it is.
TEST(Slurm, TheScriptRunsWhatItSays) {
  const fs::path folder = miafr_tests::temporary_folder() / "with 'quotes' and $HOME";
  fs::create_directories(folder);
  std::ofstream(folder / "trials.sh") << cells_script(Experiment(), job_of(folder));
  const auto ran = run_process({"bash", (folder / "trials.sh").string()}, {{"SLURM_ARRAY_TASK_ID", "1"}});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, "a b\nit's\n--trial\nplain/O'Neil $HOME/23\n");
}

}  // namespace
}  // namespace miafr
