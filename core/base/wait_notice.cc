#include "core/base/wait_notice.h"

#include <utility>

#include "core/base/log.h"

namespace miafr {

WaitNotice::WaitNotice(std::function<std::string()> text, std::chrono::seconds first)
    : text_(std::move(text)), first_(first), thread_([this] { run(); }) {}

WaitNotice::~WaitNotice() {
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void WaitNotice::run() {
  constexpr std::chrono::seconds kLater{60};
  std::unique_lock lock(mutex_);
  for (std::chrono::seconds pause = first_; !changed_.wait_for(lock, pause, [this] { return over_; }); pause = kLater)
    if (const std::string text = text_(); !text.empty()) log_info(text);
}

}  // namespace miafr
