#include "core/experiment/trial.h"

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

std::vector<Trial> trials_of(const Experiment& experiment) {
  std::vector<Trial> trials;
  for (const std::int64_t seed : experiment.seeds)
    for (std::size_t subject = 0; subject < experiment.subjects.size(); ++subject)
      for (std::size_t i = 0; i < experiment.methods.size(); ++i) {
        const Method& method = experiment.methods[i];
        if (method.stages().empty() || (!method.trains() && seed != experiment.seeds[0])) continue;
        trials.push_back({i, subject, seed,
                          method.name + "/" + experiment.subjects[subject].name +
                              (method.trains() ? "/" + std::to_string(seed) : "")});
      }
  return trials;
}

WantedPictures pictures_of(const Experiment& experiment, const Trial& trial) {
  const Subject& subject = experiment.subjects[trial.subject];
  std::vector<Prompt> prompts = experiment.prompts;
  const Method& method = experiment.methods[trial.method];
  for (Prompt& prompt : prompts) {
    if (!method.trains()) fill_place(prompt.text, "{token} ", "");  // means nothing to a model that was not trained
    fill_place(prompt.text, "{token}", method.trains() ? subject.token : "");
    fill_place(prompt.text, "{class}", subject.class_word);
  }
  return {prompts, method.config.generate.seed, method.config.generate.images};
}

std::vector<PaintedPicture> made_pictures(const Experiment& experiment, const Trial& trial, const fs::path& images) {
  const WantedPictures wanted = pictures_of(experiment, trial);
  if (experiment.methods[trial.method].kind != Method::Kind::kEdited) return painted_pictures(images, wanted);
  std::vector<std::string> labels;
  for (const Prompt& prompt : wanted.prompts) labels.push_back(prompt.label);
  return labelled_pictures(images, labels);
}

RunConfig training_config_of(const Experiment& experiment, const Trial& trial) {
  RunConfig config = experiment.methods[trial.method].config;
  config.train.seed = trial.seed;
  return config;
}

TrialFolder::TrialFolder(const fs::path& out, const Trial& trial)
    : path(out / (fs::is_directory(out / "cells") ? "cells" : "trials") / trial.name) {}

fs::path TrialFolder::record() const {
  return fs::exists(path / "cell.json") ? path / "cell.json" : path / "trial.json";
}

fs::path TrialFolder::resumable_run() const {
  const fs::path run = newest_run(runs());
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(run / "checkpoints", none))
    if (entry.path().filename().string().rfind("step-", 0) == 0 && fs::exists(entry.path() / "state.safetensors"))
      return run;
  return {};
}

fs::path TrialFolder::model() const {
  std::error_code none;
  for (const fs::directory_entry& entry : fs::directory_iterator(newest_run(runs()) / "checkpoints", none))
    if (entry.path().stem() == "last") return fs::canonical(entry.path(), none);
  return {};
}

}  // namespace miafr
