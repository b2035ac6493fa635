#include "core/base/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

namespace miafr {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Seconds kTerminalInterval{0.1};
constexpr Seconds kPlainInterval{5};
constexpr int kBarWidth = 24;

template <class... Args>
std::string format(const char* pattern, Args... args) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, pattern, args...);
  return buffer;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto s = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  if (s < 60) return format("%lld s", s);
  if (s < 3600) return format("%lld min %02lld s", s / 60, s % 60);
  return format("%lld h %02lld min", s / 3600, s % 3600 / 60);
}

Progress::Progress(std::string label, std::string unit, std::int64_t total, std::ostream& out, bool terminal,
                   Clock clock)
    : label_(std::move(label)),
      unit_(std::move(unit)),
      total_(total),
      out_(out),
      terminal_(terminal),
      clock_(std::move(clock)),
      start_(clock_()),
      shown_(start_) {}

Progress::~Progress() {
  if (terminal_ && anything_shown_) out_ << '\n' << std::flush;
}

void Progress::update(std::int64_t done, const std::string& note) {
  const auto now = clock_();
  const Seconds interval = terminal_ ? kTerminalInterval : kPlainInterval;
  const bool first_bar = terminal_ && !anything_shown_;
  if (done < total_ && !first_bar && now - shown_ < interval) return;
  shown_ = now;
  anything_shown_ = true;
  out_ << (terminal_ ? "\r\033[K" : "") << line(done, note) << (terminal_ ? "" : "\n") << std::flush;
}

std::string Progress::line(std::int64_t done, const std::string& note) const {
  const double elapsed = Seconds(clock_() - start_).count();
  std::string text = label_ + " ";
  if (terminal_) {
    const int filled = total_ > 0 ? static_cast<int>(kBarWidth * done / total_) : 0;
    text += "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "] ";
  }
  text += std::to_string(done) + "/" + std::to_string(total_);
  if (done > begin_ && elapsed > 0) {
    const double rate = (done - begin_) / elapsed;
    text += rate >= 1 ? format(" %.1f %s/s", rate, unit_.c_str()) : format(" %.1f s/%s", 1 / rate, unit_.c_str());
    text += done < total_ ? ", " + duration_text((total_ - done) / rate) + " left" : ", took " + duration_text(elapsed);
  }
  return note.empty() ? text : text + ", " + note;
}

}  // namespace miafr
