// Another program, run beside this one.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace miafr {

struct ChildEnd {
  int exit_code = 0;  // 128 + signal where a signal ended it
  double seconds = 0;
  std::uint64_t peak_memory = 0;  // bytes, of the largest process
};

// A child that reads nothing, in a process group of its own, so that a Ctrl-C on the terminal reaches it only when it
// is handed on. It is sent SIGTERM when the thread that started it ends, however that happens.
class ChildProcess {
 public:
  struct Start {
    std::vector<std::string> command;                // program and arguments; no shell reads them
    std::filesystem::path log;                       // what it writes is appended; empty: it writes where we do
    std::map<std::string, std::string> environment;  // beside what this process has
    int inherited = -1;                              // a file that stays open in it, such as a lock; -1: none
  };

  // Throws Error where it cannot be started.
  explicit ChildProcess(const Start& start);
  // Kills it where it still runs, and waits.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // How the process ended; nothing while it runs.
  std::optional<ChildEnd> poll();

  // Waits for the end of the process and says how it ended. After a Ctrl-C it is told once, and has all the time that
  // it needs.
  ChildEnd wait();

  void send(int signal) const;

 private:
  pid_t process_ = -1;
  std::optional<ChildEnd> end_;
  const std::chrono::steady_clock::time_point started_;
};

}  // namespace miafr
