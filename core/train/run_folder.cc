#include "core/train/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/io/whole_file.h"
#include "core/base/errors.h"
#include "core/base/log.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
constexpr const char* kStep = "step";
constexpr const char* kPreviews = "previews";
constexpr const char* kPreview = "step-";

std::string header_of(const std::vector<std::string>& columns) {
  std::string line = kStep;
  for (const std::string& column : columns) line += "," + column;
  return line;
}

// The rows of an earlier part of the run, up to the step from which it goes on. A last line that was cut short goes.
std::string kept_rows(const fs::path& file, const std::string& header, std::int64_t step) {
  std::ifstream in(file);
  std::string kept = header + "\n", line;
  if (!std::getline(in, line)) return kept;
  if (line != header)
    throw Error(file.string() + ": has other columns than this run; go on with the same losses, or begin a new run");
  while (std::getline(in, line) && !in.eof()) {
    std::istringstream number(line);
    std::int64_t of = 0;
    if (number >> of && of < step) kept += line + "\n";
  }
  return kept;
}

// Whatever begins with the name of a step's picture counts: a killed run leaves unfinished ones, too.
void remove_later_previews(const fs::path& folder, const std::string& newest) {
  std::error_code ignored;
  std::vector<fs::path> later;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.rfind(kPreview, 0) == 0 && name > newest) later.push_back(entry.path());
  }
  for (const fs::path& picture : later) fs::remove(picture, ignored);
}

bool succeeds(const std::function<void()>& write) {
  try {
    write();
    return true;
  } catch (const Error& e) {
    log_error(std::string(e.what()) + "; training goes on");
    return false;
  }
}

}  // namespace

RunFolder::RunFolder(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) throw Error(folder_.string() + ": cannot be made: " + error.message());
  const fs::path lock = folder_ / ".lock";
  lock_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) throw Error(lock.string() + ": cannot be written: " + std::strerror(errno));
  if (::flock(lock_, LOCK_EX | LOCK_NB) == 0) return;
  ::close(lock_);
  throw Error(folder_.string() + ": another run is using it; wait for its end, or give another -n or -l");
}

RunFolder::~RunFolder() { ::close(lock_); }

void RunFolder::write_config(const RunConfig& config) const { write_file(folder_ / "config.yaml", to_yaml(config)); }

void RunFolder::write_description(const std::string& json) const { write_file(folder_ / "run.json", json + "\n"); }

void RunFolder::open_metrics(const std::vector<std::string>& columns, std::int64_t step) {
  columns_ = columns;
  const fs::path file = folder_ / "metrics.csv";
  write_file(file, kept_rows(file, header_of(columns), step));
  metrics_.emplace(file, AppendFile::Begin::kAtEnd);
  events_.emplace(folder_, step > 0 ? std::optional(step) : std::nullopt);
  remove_later_previews(folder_ / kPreviews, preview_file(step).filename().string());
}

std::string RunFolder::row() const {
  std::string row = std::to_string(step_);
  for (const std::string& column : columns_) {
    const auto found = values_.find(column);
    row += ',';
    if (found != values_.end()) row += std::isfinite(found->second) ? format_number(found->second) : "nan";
  }
  return row + "\n";
}

void RunFolder::add_metrics(std::int64_t step, const std::map<std::string, double>& values) {
  step_ = step;
  values_ = values;
  has_row_ = succeeds([&] { metrics_->append(row()); });
  succeeds([&] {
    for (const auto& [name, value] : values) events_->scalar(name, step, static_cast<float>(value));
  });
}

void RunFolder::complete_metrics(const std::string& column, double value) {
  values_[column] = value;
  succeeds([&] { has_row_ ? metrics_->replace_last(row()) : metrics_->append(row()); });
  succeeds([&] { events_->scalar(column, step_, static_cast<float>(value)); });
}

fs::path RunFolder::preview_file(std::int64_t step) const {
  char name[32];
  std::snprintf(name, sizeof name, "%s%08lld.png", kPreview, static_cast<long long>(step));
  return folder_ / kPreviews / name;
}

void RunFolder::show_preview(std::int64_t step) {
  std::ifstream png(preview_file(step), std::ios::binary);
  events_->image(kPreviews, step, std::string(std::istreambuf_iterator<char>(png), {}));
}

}  // namespace miafr
