#include "core/experiment/cell.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// The run folders: of several, the newest is the last.
fs::path newest_run(const fs::path& runs) {
  fs::path newest;
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(runs, none))
    if (entry.is_directory() && entry.path() > newest) newest = entry.path();
  return newest;
}

}  // namespace

std::vector<Cell> cells_of(const Experiment& experiment) {
  std::vector<Cell> cells;
  for (const std::int64_t seed : experiment.seeds)
    for (std::size_t subject = 0; subject < experiment.subjects.size(); ++subject)
      for (std::size_t loss = 0; loss < experiment.losses.size(); ++loss)
        cells.push_back(
            {loss, subject, seed,
             experiment.losses[loss].name + "/" + experiment.subjects[subject].name + "/" + std::to_string(seed)});
  return cells;
}

WantedPictures pictures_of(const Experiment& experiment, const Cell& cell) {
  const Subject& subject = experiment.subjects[cell.subject];
  std::vector<Prompt> prompts = experiment.prompts;
  for (Prompt& prompt : prompts) {
    fill_place(prompt.text, "{token}", subject.token);
    fill_place(prompt.text, "{class}", subject.class_word);
  }
  return {prompts, experiment.paint.seed, experiment.paint.images};
}

RunConfig training_config_of(const Experiment& experiment, const Cell& cell) {
  RunConfig config = experiment.losses[cell.loss].config;
  config.train.seed = cell.seed;
  return config;
}

fs::path CellFolder::resumable_run() const {
  const fs::path run = newest_run(runs());
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(run / "checkpoints", none))
    if (entry.path().filename().string().rfind("step-", 0) == 0 && fs::exists(entry.path() / "state.safetensors"))
      return run;
  return {};
}

fs::path CellFolder::model() const {
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(newest_run(runs()) / "checkpoints", none))
    if (entry.path().stem() == "last") return fs::canonical(entry.path(), none);
  return {};
}

}  // namespace miafr
