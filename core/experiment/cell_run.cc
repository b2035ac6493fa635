#include "core/experiment/cell_run.h"

#include <algorithm>
#include <csignal>
#include <fstream>

#include "core/config/to_yaml.h"
#include "core/experiment/files.h"
#include "core/experiment/generate_call.h"
#include "core/io/sha256.h"
#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

std::vector<WantedPictures> missing_of(const Experiment& experiment, const Cell& cell, const CellFolder& folder) {
  return missing_pictures(folder.images(), pictures_of(experiment, cell));
}

std::int64_t count_of(const std::vector<WantedPictures>& runs) {
  std::int64_t count = 0;
  for (const WantedPictures& run : runs) count += static_cast<std::int64_t>(run.prompts.size()) * run.count;
  return count;
}

// Of a finished run's checkpoints all but the model goes; or that, too.
void remove_states(const fs::path& checkpoints, const fs::path& model) {
  std::vector<fs::path> old = {model.parent_path() / "state.safetensors"};
  for (const fs::directory_entry& entry : fs::directory_iterator(checkpoints))
    if (entry.is_directory() && !entry.is_symlink() && entry.path() != model.parent_path()) old.push_back(entry.path());
  for (const fs::path& path : old) fs::remove_all(path);
}

}  // namespace

const char* name_of(CellState state) {
  switch (state) {
    case CellState::kNew:
      return "new";
    case CellState::kBegun:
      return "begun";
    case CellState::kBroken:
      return "broken";
    case CellState::kDone:
      return "done";
    default:
      return "changed";
  }
}

CellStatus status_of(const Experiment& experiment, const Cell& cell, const fs::path& out, InputHashes& hashes) {
  const CellFolder folder(out, cell);
  CellStatus status;
  if (!fs::exists(folder.record())) return status;
  CellRecord& record = status.record = read_record(folder.record());
  std::int64_t missing = 0;
  try {
    if (record.train.done) missing = count_of(missing_of(experiment, cell, folder));
  } catch (const Error& e) {  // a damaged manifest, which costs this cell only
    record.generate.done = false;
    return {CellState::kBroken, std::string(e.what()) + "; correct it, or remove " + folder.images().string(), record};
  }
  const bool has_model = !record.model.empty() && fs::exists(folder.path / record.model);
  // What nothing has come of yet may change.
  if (record.train.done || !folder.resumable_run().empty())
    status.note = differences(record.train.inputs, training_inputs(experiment, cell, hashes));
  if (status.note.empty() && fs::exists(folder.images() / "manifest.csv"))
    status.note = differences(record.generate.inputs, painting_inputs(experiment, cell));
  if (status.note.empty() && record.train.done && missing > 0 && !has_model)
    status.note = std::to_string(missing) + " pictures are missing, and the model is not there";
  if (!status.note.empty()) {
    status.state = CellState::kChanged;
    return status;
  }
  record.generate.done = record.generate.done && missing == 0;
  status.state = record.done() ? CellState::kDone : record.failure.empty() ? CellState::kBegun : CellState::kBroken;
  if (status.state == CellState::kBroken) status.note = record.failure;
  if (status.state == CellState::kBegun)
    status.note =
        record.train.done ? "is trained, " + std::to_string(missing) + " pictures to paint" : "training was begun";
  return status;
}

CellRun::CellRun(const Experiment& experiment, const Cell& cell, const StageSettings& settings, InputHashes& hashes,
                 bool redo)
    : experiment_(experiment), cell_(cell), settings_(settings), folder_(settings.out, cell) {
  std::error_code error;
  fs::create_directories(folder_.path, error);
  if (error) throw Error(folder_.path.string() + ": cannot be made: " + error.message());
  lock_ = std::make_unique<FileLock>(folder_.path / ".lock");
  if (!lock_->take()) throw Error("another process is working on it");
  const CellStatus status = status_of(experiment, cell, settings.out, hashes);
  record_ = status.record;
  if (status.state == CellState::kChanged && !redo)
    throw Error("is of other inputs: " + status.note + "; --redo does it again");
  const Inputs train = training_inputs(experiment, cell, hashes), paint = painting_inputs(experiment, cell);
  if (status.state == CellState::kChanged) remove_changed(!differences(record_.train.inputs, train).empty());
  record_.train.inputs = train;
  record_.generate.inputs = paint;
  if (!record_.done()) save();
}

// The pictures, and where the training is another or its model is gone, that as well.
void CellRun::remove_changed(bool training) {
  fs::remove_all(folder_.images());
  record_.generate = {};
  record_.images = 0;
  record_.images_sha256.clear();
  if (!training && !record_.model.empty() && fs::exists(folder_.path / record_.model)) return;
  if (!training && !record_.train.done) return;  // half-way, and of the same inputs
  fs::remove_all(folder_.runs());
  record_ = {};
}

void CellRun::save() {
  const Subject& subject = experiment_.subjects[cell_.subject];
  write_record(folder_.record(), record_,
               {{"cell", cell_.name},
                {"loss", experiment_.losses[cell_.loss].name},
                {"subject", subject.name},
                {"seed", std::to_string(cell_.seed)},
                {"token", subject.token},
                {"class_word", subject.class_word}});
}

std::optional<StageCommand> CellRun::next() {
  if (!record_.train.done) return train_command();
  if (record_.generate.done) return std::nullopt;
  const std::vector<WantedPictures> missing = missing_of(experiment_, cell_, folder_);
  const std::int64_t count = count_of(missing);
  if (count >= missing_) throw Error("generate: ended without an error, and left out pictures");
  missing_ = count;
  if (!missing.empty()) return generate_command(missing[0]);
  finish();
  return std::nullopt;
}

StageCommand CellRun::begin_stage(const std::string& name) const {
  const fs::path log = folder_.log(name);
  return {name, settings_.program, log, fs::exists(log) ? fs::file_size(log) : 0, lock_->descriptor()};
}

StageCommand CellRun::train_command() const {
  const Subject& subject = experiment_.subjects[cell_.subject];
  write_file(folder_.training_config(), to_yaml(training_config_of(experiment_, cell_)));
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

StageCommand CellRun::generate_command(const WantedPictures& run) const {
  const RunConfig training = training_config_of(experiment_, cell_);
  const fs::path file = folder_.path / "generate.yaml";
  write_file(file, generate_config(training, run.prompts));
  const std::string model = (folder_.path / record_.model).string();
  StageCommand stage = begin_stage("generate");
  const auto add = [&](const std::vector<std::string>& words) {
    stage.command.insert(stage.command.end(), words.begin(), words.end());
  };
  const bool lora = training.train.method == "lora";
  add({"generate", "--ckpt", lora ? experiment_.checkpoint.string() : model, "--config", file.string(), "--outdir",
       folder_.images().string()});
  add(generate_options(experiment_.paint, run));
  if (lora) add({"--lora", model});
  add({"--skip_grid"});  // one for each call would be of no use
  if (!settings_.device.empty()) add({"--device", settings_.device});
  return stage;
}

void CellRun::ended(const StageCommand& stage, const ChildEnd& end, bool stopped) {
  StageRecord& record = stage.stage == "train" ? record_.train : record_.generate;
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
  save();
}

void CellRun::fail(const std::string& reason) {
  record_.failure = reason;
  save();
}

void CellRun::finish_training() {
  const fs::path model = folder_.model();
  if (model.empty()) throw Error("train: has left no model");
  record_.model = model.lexically_relative(fs::canonical(folder_.path)).string();
  record_.model_sha256 = sha256_of(model);
  record_.model_bytes = fs::file_size(model);
  record_.steps = training_config_of(experiment_, cell_).train.steps;
  record_.train.done = true;
}

void CellRun::finish() {
  const WantedPictures wanted = pictures_of(experiment_, cell_);
  record_.images = static_cast<std::int64_t>(painted_pictures(folder_.images(), wanted).size());
  record_.images_sha256 = sha256_of(folder_.images() / "samples");
  const fs::path model = folder_.path / record_.model;
  const fs::path checkpoints = model.parent_path().parent_path();
  if (experiment_.keep == "model") remove_states(checkpoints, model);
  if (experiment_.keep == "none") {
    fs::remove_all(checkpoints);
    record_.model.clear();
  }
  record_.generate.done = true;
  record_.failure.clear();  // of a manifest that is in order again
  record_.log.clear();
  save();
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
