#include "core/experiment/trial_run.h"

#include <algorithm>
#include <csignal>
#include <fstream>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/config/to_yaml.h"
#include "core/experiment/files.h"
#include "core/experiment/generate_call.h"
#include "core/io/sha256.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

std::vector<WantedPictures> missing_of(const Experiment& experiment, const Trial& trial, const TrialFolder& folder) {
  return missing_pictures(folder.images(), pictures_of(experiment, trial));
}

std::int64_t count_of(const std::vector<WantedPictures>& runs) {
  std::int64_t count = 0;
  for (const WantedPictures& run : runs) count += static_cast<std::int64_t>(run.prompts.size()) * run.count;
  return count;
}

// How many an editor makes of a person's photos is known once it is done.
std::int64_t count_missing(const Experiment& experiment, const Trial& trial, const TrialFolder& folder,
                           const TrialRecord& record) {
  if (experiment.methods[trial.method].kind != Method::Kind::kEdited)
    return count_of(missing_of(experiment, trial, folder));
  if (!record.stage("edit").done) return 1;
  return record.images - static_cast<std::int64_t>(made_pictures(experiment, trial, folder.images()).size());
}

// Of a finished run's checkpoints all but the model goes; or that, too.
void remove_states(const fs::path& checkpoints, const fs::path& model) {
  std::vector<fs::path> old = {model.parent_path() / "state.safetensors"};
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints))
    if (entry.is_directory() && !entry.is_symlink() && entry.path() != model.parent_path()) old.push_back(entry.path());
  for (const fs::path& path : old) fs::remove_all(path);
}

}  // namespace

const char* name_of(TrialState state) {
  switch (state) {
    case TrialState::kNew:
      return "new";
    case TrialState::kBegun:
      return "begun";
    case TrialState::kBroken:
      return "broken";
    case TrialState::kDone:
      return "done";
    default:
      return "changed";
  }
}

TrialStatus status_of(const Experiment& experiment, const Trial& trial, const fs::path& out, InputHashes& hashes) {
  const TrialFolder folder(out, trial);
  const Method& method = experiment.methods[trial.method];
  TrialStatus status;
  if (!fs::exists(folder.record())) return status;
  TrialRecord& record = status.record = read_record(folder.record());
  const std::string last = method.stages().back();
  const bool trained = !method.trains() || record.stage("train").done;
  std::int64_t missing = 0;
  try {
    if (trained) missing = count_missing(experiment, trial, folder, record);
  } catch (const Error& e) {  // a damaged manifest, which costs this trial only
    record.stage(last).done = false;
    return {TrialState::kBroken, std::string(e.what()) + "; correct it, or remove " + folder.images().string(), record};
  }
  const bool has_model = !method.trains() || (!record.model.empty() && fs::exists(folder.path / record.model));
  // What nothing has come of yet may change.
  if (method.trains() && (trained || !folder.resumable_run().empty()))
    status.note = differences(record.stage("train").inputs, training_inputs(experiment, trial, hashes));
  if (status.note.empty() && fs::exists(folder.images() / "manifest.csv"))
    status.note = differences(record.stage(last).inputs, picture_inputs(experiment, trial, hashes));
  if (status.note.empty() && trained && missing > 0 && !has_model)
    status.note = std::to_string(missing) + " pictures are missing, and the model is not there";
  if (!status.note.empty()) {
    status.state = TrialState::kChanged;
    return status;
  }
  record.stage(last).done = record.stage(last).done && missing == 0;
  status.state = record.done() ? TrialState::kDone : record.failure.empty() ? TrialState::kBegun : TrialState::kBroken;
  if (status.state == TrialState::kBroken) status.note = record.failure;
  if (status.state == TrialState::kBegun)
    status.note = !trained          ? "training was begun"
                  : method.trains() ? "is trained, " + std::to_string(missing) + " pictures to paint"
                                    : std::to_string(missing) + " pictures to make";
  return status;
}

TrialRun::TrialRun(const Experiment& experiment, const Trial& trial, const StageSettings& settings, InputHashes& hashes,
                   bool redo)
    : experiment_(experiment), trial_(trial), settings_(settings), folder_(settings.out, trial) {
  std::error_code error;
  fs::create_directories(folder_.path, error);
  if (error) throw Error(folder_.path.string() + ": cannot be made: " + error.message());
  lock_ = std::make_unique<FileLock>(folder_.path / ".lock");
  if (!lock_->take()) throw Error("another process is working on it");
  const TrialStatus status = status_of(experiment, trial, settings.out, hashes);
  record_ = status.record;
  if (status.state == TrialState::kChanged && !redo)
    throw Error("is of other inputs: " + status.note + "; --redo does it again");
  const Method& method = experiment.methods[trial.method];
  const Inputs train = method.trains() ? training_inputs(experiment, trial, hashes) : Inputs{};
  if (status.state == TrialState::kChanged) remove_changed(!differences(record_.stage("train").inputs, train).empty());
  for (const std::string& stage : method.stages())
    record_.stage(stage).inputs = stage == "train" ? train : picture_inputs(experiment, trial, hashes);
  if (!record_.done()) save();
}

// The pictures, and where the training is another or its model is gone, that as well.
void TrialRun::remove_changed(bool training) {
  fs::remove_all(folder_.images());
  const Method& method = experiment_.methods[trial_.method];
  StageRecord& last = record_.stage(method.stages().back());
  last = StageRecord{};
  last.name = method.stages().back();
  record_.images = 0;
  record_.images_sha256.clear();
  if (!method.trains()) return;
  if (!training && !record_.model.empty() && fs::exists(folder_.path / record_.model)) return;
  if (!training && !record_.stage("train").done) return;  // half-way, and of the same inputs
  fs::remove_all(folder_.runs());
  record_ = {};
}

void TrialRun::save() {
  const Subject& subject = experiment_.subjects[trial_.subject];
  write_record(folder_.record(), record_,
               {{"trial", trial_.name},
                {"method", experiment_.methods[trial_.method].name},
                {"subject", subject.name},
                {"seed", std::to_string(trial_.seed)},
                {"token", subject.token},
                {"class_word", subject.class_word}});
}

std::optional<StageCommand> TrialRun::next() {
  for (const std::string& stage : experiment_.methods[trial_.method].stages()) {
    if (record_.stage(stage).done) continue;
    if (stage == "train") return train_command();
    if (stage == "edit") return edit_command();
    return next_painting();
  }
  return std::nullopt;
}

std::optional<StageCommand> TrialRun::next_painting() {
  const std::vector<WantedPictures> missing = missing_of(experiment_, trial_, folder_);
  const std::int64_t count = count_of(missing);
  if (count >= missing_) throw Error("generate: ended without an error, and left out pictures");
  missing_ = count;
  if (!missing.empty()) return generate_command(missing[0]);
  finish();
  return std::nullopt;
}

StageCommand TrialRun::begin_stage(const std::string& name) const {
  const fs::path log = folder_.log(name);
  return {name, settings_.program, log, fs::exists(log) ? fs::file_size(log) : 0, lock_->descriptor()};
}

StageCommand TrialRun::train_command() const {
  const Subject& subject = experiment_.subjects[trial_.subject];
  write_file(folder_.training_config(), to_yaml(training_config_of(experiment_, trial_)));
  StageCommand stage = begin_stage("train");
  const auto add = [&](const std::vector<std::string>& words) {
    stage.command.insert(stage.command.end(), words.begin(), words.end());
  };
  add({"train", "--base", folder_.training_config().string(), "--actual_resume", experiment_.checkpoint.string(),
       "--data_root", subject.photos.string(), "--token", subject.token, "--class_word", subject.class_word});
  if (!experiment_.regularisation.empty()) add({"--reg_data_root", experiment_.regularisation.string()});
  if (!settings_.device.empty()) add({"--device", settings_.device});
  if (const fs::path run = folder_.resumable_run(); !run.empty()) {
    add({"-r", run.string()});
  } else {
    fs::remove_all(folder_.runs());
    add({"-l", folder_.runs().string(), "-n", "run"});
  }
  return stage;
}

StageCommand TrialRun::generate_command(const WantedPictures& run) const {
  const Method& method = experiment_.methods[trial_.method];
  const fs::path file = folder_.path / "generate.yaml";
  write_file(file, generate_config(method.config, run));
  const std::string model = (folder_.path / record_.model).string();
  StageCommand stage = begin_stage("generate");
  const auto add = [&](const std::vector<std::string>& words) {
    stage.command.insert(stage.command.end(), words.begin(), words.end());
  };
  const bool lora = method.trains() && method.config.train.method == "lora";
  add({"generate", "--ckpt", lora || !method.trains() ? experiment_.checkpoint.string() : model, "--config",
       file.string(), "--out", folder_.images().string()});
  if (lora) add({"--lora", model});
  add({"--skip_grid"});  // one for each call would be of no use
  if (!settings_.device.empty()) add({"--device", settings_.device});
  return stage;
}

StageCommand TrialRun::edit_command() const {
  const Method& method = experiment_.methods[trial_.method];
  StageCommand stage = begin_stage("edit");
  const auto add = [&](const std::vector<std::string>& words) {
    stage.command.insert(stage.command.end(), words.begin(), words.end());
  };
  add({"edit", "--editor", method.editor, "--input", experiment_.subjects[trial_.subject].photos.string(), "--out",
       folder_.images().string(), "--seed", std::to_string(method.config.generate.seed), "--limit",
       std::to_string(method.config.generate.images)});
  std::string ages, attributes;
  for (const AgeWord& age : experiment_.ages) ages += (ages.empty() ? "" : ",") + age.word;
  for (const std::string& name : experiment_.attributes) attributes += (attributes.empty() ? "" : ",") + name;
  if (!ages.empty()) add({"--age", ages});
  if (!attributes.empty()) add({"--attribute", attributes});
  if (ages.empty() && attributes.empty())
    for (const Prompt& prompt : pictures_of(experiment_, trial_).prompts) add({"--prompt", prompt.text});
  if (!settings_.device.empty()) add({"--device", settings_.device});
  return stage;
}

void TrialRun::ended(const StageCommand& stage, const ChildEnd& end, bool stopped) {
  StageRecord& record = record_.stage(stage.stage);
  record.seconds += end.seconds;
  record.peak_memory = std::max(record.peak_memory, end.peak_memory);
  record_.failure.clear();
  record_.log.clear();
  if (end.exit_code != 0) {
    if (!stopped) {
      record_.log = stage.log.string();
      fail(stage.stage + ": " + failure_of(stage, end.exit_code));
      throw Error(record_.failure);
    }
    save();
    return;
  }
  if (stage.stage == "train") finish_training();
  if (stage.stage == "edit") finish();
  save();
}

void TrialRun::fail(const std::string& reason) {
  record_.failure = reason;
  save();
}

void TrialRun::finish_training() {
  const fs::path model = folder_.model();
  if (model.empty()) throw Error("train: has left no model");
  record_.model = model.lexically_relative(fs::canonical(folder_.path)).string();
  record_.model_sha256 = sha256_of(model);
  record_.model_bytes = fs::file_size(model);
  record_.steps = training_config_of(experiment_, trial_).train.steps;
  record_.stage("train").done = true;
}

void TrialRun::finish() {
  const Method& method = experiment_.methods[trial_.method];
  record_.images = static_cast<std::int64_t>(made_pictures(experiment_, trial_, folder_.images()).size());
  record_.images_sha256 = sha256_of(folder_.images() / "samples");
  if (method.trains()) drop_what_is_not_kept();
  record_.stage(method.stages().back()).done = true;
  record_.failure.clear();  // of a manifest that is in order again
  record_.log.clear();
  save();
}

void TrialRun::drop_what_is_not_kept() {
  const fs::path model = folder_.path / record_.model;
  const fs::path checkpoints = model.parent_path().parent_path();
  if (experiment_.keep == "model") remove_states(checkpoints, model);
  if (experiment_.keep == "none") {
    fs::remove_all(checkpoints);
    record_.model.clear();
  }
}

std::string failure_of(const StageCommand& stage, int exit_code) {
  const std::string start = "miafr: error: ";
  std::ifstream in(stage.log);
  in.seekg(static_cast<std::streamoff>(stage.log_begins));
  std::string reason;
  for (std::string line; std::getline(in, line);)
    if (const std::size_t at = line.find(start); at != std::string::npos) reason = line.substr(at + start.size());
  if (!reason.empty() && exit_code < 128) return reason;
  if (exit_code == 128 + SIGKILL) return "was killed, as happens when memory runs out";
  if (exit_code > 128) return "ended by signal " + std::to_string(exit_code - 128);
  return "ended with exit code " + std::to_string(exit_code);
}

std::string last_progress(const StageCommand& stage) {
  constexpr std::streamoff kEnough = 2000;
  std::ifstream in(stage.log, std::ios::binary | std::ios::ate);
  const std::streamoff size = in.tellg();
  if (size <= 0) return "";
  in.seekg(std::max<std::streamoff>(0, size - kEnough));
  std::string last;
  for (std::string line; std::getline(in, line);)
    if (line.rfind(stage.stage + " ", 0) == 0) last = line;
  return shown(last, 120);
}

}  // namespace miafr
