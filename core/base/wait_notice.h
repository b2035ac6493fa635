// A wait that is told: nobody shall look at a program for half an hour and wonder.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace miafr {

class WaitNotice {
 public:
  // Logs the text after `first` seconds and then every minute, as long as this object lives; an empty one not at all.
  // It is asked for on a thread of its own.
  explicit WaitNotice(std::function<std::string()> text, std::chrono::seconds first = std::chrono::seconds(3));
  ~WaitNotice();
  WaitNotice(const WaitNotice&) = delete;
  WaitNotice& operator=(const WaitNotice&) = delete;

 private:
  void run();

  const std::function<std::string()> text_;
  const std::chrono::seconds first_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool over_ = false;
  std::thread thread_;
};

}  // namespace miafr
