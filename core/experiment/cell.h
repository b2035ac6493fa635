// A cell of an experiment: one subject, one loss, one seed; and where its files are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/experiment/experiment_config.h"
#include "core/experiment/pictures.h"

namespace miafr {

struct Cell {
  std::size_t loss = 0, subject = 0;  // of the experiment's lists
  std::int64_t seed = 0;
  std::string name;  // "cosine/anna/23", as in its path below cells/
};

// Every combination, in the order in which they are done: of a seed all, subject by subject, so that losses can be
// compared early.
std::vector<Cell> cells_of(const Experiment& experiment);

// The prompts with the cell's token and class in them, and how often.
WantedPictures pictures_of(const Experiment& experiment, const Cell& cell);

// The training config with the cell's seed; its own prompts, which are those of the previews.
RunConfig training_config_of(const Experiment& experiment, const Cell& cell);

// OUT/cells/LOSS/SUBJECT/SEED and what is in it.
struct CellFolder {
  CellFolder(const std::filesystem::path& out, const Cell& cell) : path(out / "cells" / cell.name) {}

  std::filesystem::path training_config() const { return path / "train.yaml"; }
  std::filesystem::path runs() const { return path / "train"; }  // holds one run folder
  std::filesystem::path images() const { return path / "images"; }
  std::filesystem::path record() const { return path / "cell.json"; }
  std::filesystem::path log(const std::string& stage) const { return path / (stage + ".log"); }

  // The run folder that can be gone on with: with a whole checkpoint, or finished; empty where there is none.
  std::filesystem::path resumable_run() const;

  // The run's newest model, links resolved; empty where there is none.
  std::filesystem::path model() const;

  const std::filesystem::path path;
};

}  // namespace miafr
