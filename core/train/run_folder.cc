#include "core/train/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <sstream>

#include "core/config/scalar.h"
#include "core/config/to_yaml.h"
#include "core/io/atomic_file.h"
#include "core/runtime/errors.h"
#include "core/runtime/log.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
constexpr const char* kStep = "step";

void replace_file(const fs::path& path, const std::string& text) {
  AtomicFile file(path, text.size());
  file.write(text);
  file.commit();
}

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

void RunFolder::write_config(const RunConfig& config) const { replace_file(folder_ / "config.yaml", to_yaml(config)); }

void RunFolder::write_description(const std::string& json) const { replace_file(folder_ / "run.json", json + "\n"); }

void RunFolder::open_metrics(const std::vector<std::string>& columns, std::int64_t step) {
  columns_ = columns;
  const fs::path file = folder_ / "metrics.csv";
  replace_file(file, kept_rows(file, header_of(columns), step));
  metrics_.open(file, std::ios::app);
  if (!metrics_) throw Error(file.string() + ": cannot be written");
  events_.emplace(folder_, step > 0 ? std::optional(step) : std::nullopt);
}

void RunFolder::add_metrics(std::int64_t step, const std::map<std::string, double>& values) {
  metrics_ << step;
  for (const std::string& column : columns_) {
    const auto found = values.find(column);
    metrics_ << ',';
    if (found != values.end()) metrics_ << (std::isfinite(found->second) ? format_number(found->second) : "nan");
  }
  metrics_ << '\n';
  metrics_.flush();
  metrics_.clear();
  try {
    for (const auto& [name, value] : values) events_->scalar(name, step, static_cast<float>(value));
  } catch (const Error& e) {
    log_error(e.what());
  }
}

fs::path RunFolder::preview_file(std::int64_t step) const {
  char name[32];
  std::snprintf(name, sizeof name, "step-%08lld.png", static_cast<long long>(step));
  return folder_ / "previews" / name;
}

void RunFolder::show_preview(std::int64_t step) {
  std::ifstream png(preview_file(step), std::ios::binary);
  events_->image("previews", step, std::string(std::istreambuf_iterator<char>(png), {}));
}

}  // namespace miafr
