// Doing a trial: its method's stages one after the other, each a child process of this same program.
#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/child_process.h"
#include "core/experiment/file_lock.h"
#include "core/experiment/pictures.h"
#include "core/experiment/trial.h"
#include "core/experiment/trial_record.h"

namespace miafr {

enum class TrialState {
  kNew,
  kBegun,    // goes on where it stopped
  kBroken,   // failed last time; is tried again
  kDone,     // is not touched
  kChanged,  // made of other inputs than the experiment now has; redone only where that is asked for
};
const char* name_of(TrialState state);

struct TrialStatus {
  TrialState state = TrialState::kNew;
  std::string note;  // what was changed, why it broke, how far it is
  TrialRecord record;

  // The record that doing the trial begins with: of one that was made of other inputs nothing counts.
  TrialRecord usable() const { return state == TrialState::kChanged ? TrialRecord{} : record; }
};

// hashes: nothing is hashed for a trial that has no record.
TrialStatus status_of(const Experiment& experiment, const Trial& trial, const std::filesystem::path& out,
                      InputHashes& hashes);

// What the children of an experiment have in common.
struct StageSettings {
  std::filesystem::path out;
  std::vector<std::string> program;  // this program and its global options
  std::string device;                // "" for its default
};

struct StageCommand {
  std::string stage;  // "train", "generate" or "edit"
  std::vector<std::string> command;
  std::filesystem::path log;
  std::uintmax_t log_begins = 0;  // where in the log what this child writes begins
  int lock = -1;                  // of the trial: the child has it as long as it lives
};

// One trial on its way. Nobody else can do the same trial meanwhile.
class TrialRun {
 public:
  // redo: what was made of other inputs is removed first. Throws Error: changed, and not to be redone; another process
  // is at it.
  TrialRun(const Experiment& experiment, const Trial& trial, const StageSettings& settings, InputHashes& hashes,
           bool redo);

  // The next child to run; nothing when the trial is done. Throws Error.
  std::optional<StageCommand> next();

  // How that child ended. Throws Error with the reason where it failed, which the record then has, too. stopped: it was
  // told to, so that its exit code says nothing.
  void ended(const StageCommand& stage, const ChildEnd& end, bool stopped);

  // Keeps the reason why the trial cannot go on.
  void fail(const std::string& reason);

  const TrialRecord& record() const { return record_; }

 private:
  void remove_changed(bool training);
  StageCommand begin_stage(const std::string& name) const;
  StageCommand train_command() const;
  StageCommand generate_command(const WantedPictures& run) const;
  StageCommand edit_command() const;
  std::optional<StageCommand> next_painting();
  void finish_training();
  void finish();
  void drop_what_is_not_kept();
  void save();

  const Experiment& experiment_;
  const Trial trial_;
  const StageSettings settings_;
  const TrialFolder folder_;
  TrialRecord record_;
  std::unique_ptr<FileLock> lock_;
  std::int64_t missing_ = std::numeric_limits<std::int64_t>::max();  // pictures, before the call that is running
};

// How far a child is by what it wrote last: "train 120/800 …"; "" before it has said so.
std::string last_progress(const StageCommand& stage);

// Why a child failed: the last "miafr: error: …" that it wrote, else "ended with exit code 1" or "was killed".
std::string failure_of(const StageCommand& stage, int exit_code);

}  // namespace miafr
