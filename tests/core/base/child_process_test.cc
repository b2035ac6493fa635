// Other programs, as children.
#include "core/base/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::read_text;
using miafr_tests::temporary_folder;
namespace fs = std::filesystem;

ChildEnd end_of(ChildProcess& child) {
  for (;;) {
    if (const auto end = child.poll()) return *end;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST(ChildProcess, WritesIntoItsLogAndReadsNothing) {
  const fs::path log = temporary_folder() / "log";
  for (const char* word : {"one two", "$HOME"}) {
    ChildProcess child(
        {{"sh", "-c", "cat; printf '%s %s\\n' \"$0\" \"$WORD\"; echo bad >&2", word}, log, {{"WORD", "w"}}, -1});
    EXPECT_EQ(end_of(child).exit_code, 0);
  }
  EXPECT_EQ(read_text(log), "one two w\nbad\n$HOME w\nbad\n");
}

TEST(ChildProcess, WithoutALogWritesWhereWeDo) {
  testing::internal::CaptureStdout();
  ChildProcess child({{"sh", "-c", "cat; echo here"}, {}, {}, -1});
  EXPECT_EQ(end_of(child).exit_code, 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "here\n");
}

TEST(ChildProcess, SaysHowItEndedAndWhatItTook) {
  const fs::path log = temporary_folder() / "log";
  ChildProcess failed({{"sh", "-c", "exit 3"}, log, {}, -1});
  EXPECT_EQ(end_of(failed).exit_code, 3);
  EXPECT_EQ(end_of(failed).exit_code, 3);  // once ended, it stays so
  EXPECT_GT(end_of(failed).peak_memory, 100'000u);
  ChildProcess killed({{"sh", "-c", "kill -9 $$"}, log, {}, -1});
  EXPECT_EQ(end_of(killed).exit_code, 128 + 9);
  ChildProcess missing({{"/no/such/program"}, log, {}, -1});
  EXPECT_EQ(end_of(missing).exit_code, 127);
  EXPECT_THROW(ChildProcess({{"true"}, "/no/such/folder/log", {}, -1}), Error);
}

TEST(ChildProcess, GetsSignalsWithAllThatItStarted) {
  const fs::path log = temporary_folder() / "log";
  ChildProcess child({{"sh", "-c", "trap 'exit 5' INT; echo ready; while :; do sleep 0.05; done"}, log, {}, -1});
  while (read_text(log) != "ready\n") std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_FALSE(child.poll());
  child.send(SIGINT);
  EXPECT_EQ(end_of(child).exit_code, 5);
}

TEST(ChildProcess, IsToldOnceOfACtrlCWhileItIsWaitedFor) {
  const fs::path log = temporary_folder() / "log";
  ChildProcess child({{"sh", "-c",
                       "trap 'echo told; stop=1' INT; echo ready; while [ -z \"$stop\" ]; do sleep 0.05; done; "
                       "sleep 0.3; exit 7"},
                      log,
                      {},
                      -1});
  while (read_text(log) != "ready\n") std::this_thread::sleep_for(std::chrono::milliseconds(5));
  install_interrupt_handler();
  ::raise(SIGINT);
  EXPECT_EQ(child.wait().exit_code, 7);
  EXPECT_EQ(read_text(log), "ready\ntold\n");
}

TEST(ChildProcess, HasTheFileThatItIsToHaveAndNoOther) {
  const fs::path folder = temporary_folder();
  const int lock = ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (const int inherited : {lock, -1}) {
    ChildProcess child({{"sh", "-c", "ls -l /proc/self/fd | grep -c '/lock$'; true"}, folder / "log", {}, inherited});
    end_of(child);
  }
  ::close(lock);
  EXPECT_EQ(read_text(folder / "log"), "1\n0\n");
}

bool is_running(pid_t process) {
  const std::string state = read_text("/proc/" + std::to_string(process) + "/stat");
  return !state.empty() && state.find(") Z") == std::string::npos;
}

// However its parent ends.
TEST(ChildProcess, DoesNotOutliveWhoStartedIt) {
  const fs::path log = temporary_folder() / "log";
  const pid_t parent = ::fork();
  if (parent == 0) {
    const ChildProcess child({{"sh", "-c", "echo $$; exec sleep 600"}, log, {}, -1});
    ::pause();
    ::_exit(0);
  }
  while (read_text(log).find('\n') == std::string::npos) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const pid_t child = std::stoi(read_text(log));
  ASSERT_TRUE(is_running(child));
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  while (is_running(child)) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  SUCCEED();
}

}  // namespace
}  // namespace miafr
