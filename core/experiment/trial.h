// A trial of an experiment: one subject, one method, one seed; and where its files are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/experiment/experiment_config.h"
#include "core/experiment/pictures.h"

namespace miafr {

struct Trial {
  std::size_t method = 0, subject = 0;  // of the experiment's lists
  std::int64_t seed = 0;                // of training
  std::string name;  // "cosine/anna/23", as in its path below trials/; "inversion/anna" without a seed
};

// Every combination, in the order in which they are done: of a seed all, subject by subject, so that methods can be
// compared early. What trains nothing is done once, with the first seed's; folders are no trials.
std::vector<Trial> trials_of(const Experiment& experiment);

// The prompts with the trial's token and class in them, and how often.
WantedPictures pictures_of(const Experiment& experiment, const Trial& trial);

// Returns those of its pictures that are in the folder where its last stage puts them.
std::vector<PaintedPicture> made_pictures(const Experiment& experiment, const Trial& trial,
                                          const std::filesystem::path& images);

// The training config with the trial's seed; its own prompts, which are those of the previews.
RunConfig training_config_of(const Experiment& experiment, const Trial& trial);

// OUT/trials/METHOD/SUBJECT/SEED and what is in it. Before version 0.2 it was OUT/cells, with cell.json in place of
// trial.json; where these are, they are gone on with.
struct TrialFolder {
  TrialFolder(const std::filesystem::path& out, const Trial& trial);

  std::filesystem::path training_config() const { return path / "train.yaml"; }
  std::filesystem::path runs() const { return path / "train"; }  // holds one run folder
  std::filesystem::path images() const { return path / "images"; }
  std::filesystem::path record() const;
  std::filesystem::path log(const std::string& stage) const { return path / (stage + ".log"); }

  // The run folder that can be gone on with: with a whole checkpoint, or finished; empty where there is none.
  std::filesystem::path resumable_run() const;

  // The run's newest model, links resolved; empty where there is none.
  std::filesystem::path model() const;

  const std::filesystem::path path;
};

}  // namespace miafr
