// Tells where the time goes: seconds of each ATen operator without those that it calls.
#pragma once

#include <ATen/record_function.h>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace miafr {

// Watches every thread from its making to stop(), or its end. One at a time. A microsecond for each operator.
class OperatorProfile {
 public:
  OperatorProfile() {
    seconds().clear();
    handle_ = at::addGlobalCallback(at::RecordFunctionCallback(enter, leave).scopes({at::RecordScope::FUNCTION}));
  }
  ~OperatorProfile() { stop(); }
  OperatorProfile(const OperatorProfile&) = delete;

  // Returns the seconds by operator ("aten::linear"). A CUDA operator counts until it is queued, not until it is done.
  std::map<std::string, double> stop() {
    if (handle_ != 0) at::removeCallback(handle_);
    handle_ = 0;
    const std::lock_guard<std::mutex> lock(mutex());
    return seconds();
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Running : at::ObserverContext {
    Clock::time_point begin = Clock::now();
    double inner = 0;  // seconds of what it called
    Running* outer = nullptr;
  };

  static std::map<std::string, double>& seconds() {
    static auto& map = *new std::map<std::string, double>;
    return map;
  }
  static std::mutex& mutex() {
    static auto& mutex = *new std::mutex;
    return mutex;
  }
  static Running*& innermost() {
    static thread_local Running* running = nullptr;
    return running;
  }

  static std::unique_ptr<at::ObserverContext> enter(const at::RecordFunction&) {
    auto running = std::make_unique<Running>();
    running->outer = std::exchange(innermost(), running.get());
    return running;
  }

  static void leave(const at::RecordFunction& function, at::ObserverContext* context) {
    auto* running = static_cast<Running*>(context);
    const double whole = std::chrono::duration<double>(Clock::now() - running->begin).count();
    innermost() = running->outer;
    if (running->outer) running->outer->inner += whole;
    const std::lock_guard<std::mutex> lock(mutex());
    seconds()[function.name()] += whole - running->inner;
  }

  at::CallbackHandle handle_ = 0;
};

}  // namespace miafr
