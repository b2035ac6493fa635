// A training run's folder: logs/<time>_<job>/ with the config, what went in, and what came out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/config/run_config.h"
#include "core/train/append_file.h"
#include "core/train/event_file.h"

namespace miafr {

class RunFolder {
 public:
  // Makes it, or goes on in it. Throws Error where it cannot be written to, or another run is using it.
  explicit RunFolder(std::filesystem::path folder);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  // These write config.yaml and run.json, each replaced at once as a whole.
  void write_config(const RunConfig& config) const;
  void write_description(const std::string& json) const;

  // Opens metrics.csv with those columns, and an event file for TensorBoard beside it; rows of steps from `step` on,
  // which are about to be computed again, are dropped, and later previews. Throws Error where it has other columns.
  void open_metrics(const std::vector<std::string>& columns, std::int64_t step);

  // A row, on disk at once, in both. What is missing is left empty. A full disk costs rows, not the run.
  void add_metrics(std::int64_t step, const std::map<std::string, double>& values);

  // A value of the row that was added last, which was found out only then. A full disk costs it, not the run.
  void complete_metrics(const std::string& column, double value);

  // The file that the previews of a step go to; once they are there, show_preview() hands them to TensorBoard.
  std::filesystem::path preview_file(std::int64_t step) const;
  void show_preview(std::int64_t step);

 private:
  const std::filesystem::path folder_;
  int lock_ = -1;
  std::string row() const;

  std::vector<std::string> columns_;
  std::int64_t step_ = 0;                 // of the last row
  std::map<std::string, double> values_;  // of the last row
  bool has_row_ = false;                  // the last row is in the file
  std::optional<AppendFile> metrics_;
  std::optional<EventFile> events_;
};

}  // namespace miafr
