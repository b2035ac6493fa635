// Progress of a long run: a bar with rate and time left on a terminal, a plain line every few seconds elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>

namespace miafr {

class Progress {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;

  // unit: what is counted, e.g. "step". Writes to out, normally std::cerr.
  Progress(std::string label, std::string unit, std::int64_t total, std::ostream& out, bool terminal,
           Clock clock = std::chrono::steady_clock::now);
  ~Progress();  // ends the bar's line, so that what follows starts on a fresh one
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Says how much was done before this run. That counts for the bar alone: rate and time left are this run's.
  void go_on_from(std::int64_t done) { begin_ = done; }

  // done of total; note is appended, e.g. "loss 0.12".
  void update(std::int64_t done, const std::string& note = "");

 private:
  std::string line(std::int64_t done, const std::string& note) const;

  const std::string label_, unit_;
  const std::int64_t total_;
  std::ostream& out_;
  const bool terminal_;
  const Clock clock_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point shown_;
  std::int64_t begin_ = 0;
  bool anything_shown_ = false;
};

// "4 s", "3 min 20 s", "1 h 05 min".
std::string duration_text(double seconds);

}  // namespace miafr
