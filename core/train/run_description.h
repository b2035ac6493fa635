// What a run is told to be, for its folder and its checkpoints.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "core/train/model_file.h"
#include "core/train/train_options.h"
#include "core/train/training_loss.h"

namespace miafr {

// run.json: versions, device, the checkpoint and every photo with its hash and caption, plugins.
std::string describe_run(const TrainOptions& options, const TrainingSets& sets,
                         const std::vector<WeightedLoss>& losses);

// run.json of a run that goes on: as `now`, which is describe_run's, but begun when it was. Throws Error where the
// checkpoint is another than the run began with, and warns of photos that are: with those it is another run, but one
// may want it.
std::string describe_resumed_run(const std::filesystem::path& run_folder, const std::string& now);

// What --resume needs of run.json. Throws Error where it is not as describe_run writes it.
struct DescribedInputs {
  std::filesystem::path checkpoint;
  DataFolders folders;
};
DescribedInputs read_description(const std::filesystem::path& run_folder);

// What the model's file says of itself: the program, the base model, the words to use in prompts.
Metadata metadata_of(const TrainOptions& options, std::int64_t step);

// A checkpoint can be gone on from only where these are as they were. ranks: how many processes train together.
std::map<std::string, std::string> settings_that_must_match(const RunConfig& config, int ranks);
void check_settings(const std::filesystem::path& checkpoint, const std::map<std::string, std::string>& now,
                    const std::map<std::string, std::string>& then);

}  // namespace miafr
