// Doing a cell: train, then generate, each a child process of this same program.
#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/child_process.h"
#include "core/experiment/cell.h"
#include "core/experiment/cell_record.h"
#include "core/experiment/file_lock.h"
#include "core/experiment/pictures.h"

namespace miafr {

enum class CellState {
  kNew,
  kBegun,    // goes on where it stopped
  kBroken,   // failed last time; is tried again
  kDone,     // is not touched
  kChanged,  // made of other inputs than the experiment now has; redone only where that is asked for
};
const char* name_of(CellState state);

struct CellStatus {
  CellState state = CellState::kNew;
  std::string note;  // what was changed, why it broke, how far it is
  CellRecord record;

  // The record that doing the cell begins with: of one that was made of other inputs nothing counts.
  CellRecord usable() const { return state == CellState::kChanged ? CellRecord{} : record; }
};

// hashes: nothing is hashed for a cell that has no record.
CellStatus status_of(const Experiment& experiment, const Cell& cell, const std::filesystem::path& out,
                     InputHashes& hashes);

// What the children of an experiment have in common.
struct StageSettings {
  std::filesystem::path out;
  std::vector<std::string> program;  // this program and its global options
  std::string device;                // "" for its default
};

struct StageCommand {
  std::string stage;  // "train" or "generate"
  std::vector<std::string> command;
  std::filesystem::path log;
  std::uintmax_t log_begins = 0;  // where in the log what this child writes begins
  int lock = -1;                  // of the cell: the child has it as long as it lives
};

// One cell on its way. Nobody else can do the same cell meanwhile.
class CellRun {
 public:
  // redo: what was made of other inputs is removed first. Throws Error: changed, and not to be redone; another process
  // is at it.
  CellRun(const Experiment& experiment, const Cell& cell, const StageSettings& settings, InputHashes& hashes,
          bool redo);

  // The next child to run; nothing when the cell is done. Throws Error.
  std::optional<StageCommand> next();

  // How that child ended. Throws Error with the reason where it failed, which the record then has, too. stopped: it was
  // told to, so that its exit code says nothing.
  void ended(const StageCommand& stage, const ChildEnd& end, bool stopped);

  // Keeps the reason why the cell cannot go on.
  void fail(const std::string& reason);

  const CellRecord& record() const { return record_; }

 private:
  void remove_changed(bool training);
  StageCommand begin_stage(const std::string& name) const;
  StageCommand train_command() const;
  StageCommand generate_command(const WantedPictures& run) const;
  void finish_training();
  void finish();
  void save();

  const Experiment& experiment_;
  const Cell cell_;
  const StageSettings settings_;
  const CellFolder folder_;
  CellRecord record_;
  std::unique_ptr<FileLock> lock_;
  std::int64_t missing_ = std::numeric_limits<std::int64_t>::max();  // pictures, before the call that is running
};

// How far a child is by what it wrote last: "train 120/800 …"; "" before it has said so.
std::string last_progress(const StageCommand& stage);

// Why a child failed: the last "miafr: error: …" that it wrote, else "ended with exit code 1" or "was killed".
std::string failure_of(const StageCommand& stage, int exit_code);

}  // namespace miafr
