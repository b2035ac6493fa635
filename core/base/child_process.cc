#include "core/base/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "core/base/errors.h"
#include "core/base/interrupt.h"

namespace miafr {
namespace {

constexpr int kCannotStart = 127;

// "NAME=VALUE" of this process, with those of `changes` in their place.
std::vector<std::string> environment_with(const std::map<std::string, std::string>& changes) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry; ++entry) {
    const std::string text = *entry;
    if (!changes.count(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : changes) all.push_back(name + "=" + value);
  return all;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

struct Becoming {
  char *const *command, *const *environment;
  int log, inherited;
  pid_t parent;
  sigset_t mask;
};

// In the child, between fork and exec: nothing that allocates or locks.
[[noreturn]] void become(const Becoming& to) {
  // What is sent from now on ends it, rather than being heard by the handlers of the parent, which exec takes away.
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGTERM, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &to.mask, nullptr);
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != to.parent) ::_exit(kCannotStart);  // it ended before that was said
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  if (to.log >= 0) {
    ::dup2(to.log, STDOUT_FILENO);
    ::dup2(to.log, STDERR_FILENO);
  }
  if (to.inherited >= 0) ::fcntl(to.inherited, F_SETFD, 0);
  ::execvpe(to.command[0], to.command, to.environment);
  ::_exit(kCannotStart);
}

}  // namespace

ChildProcess::ChildProcess(const Start& start) : started_(std::chrono::steady_clock::now()) {
  std::vector<std::string> command = start.command, environment = environment_with(start.environment);
  const std::vector<char*> argv = pointers_to(command), envp = pointers_to(environment);
  const bool has_log = !start.log.empty();
  const int log = has_log ? ::open(start.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
  if (has_log && log < 0) throw Error(start.log.string() + ": cannot be written: " + std::strerror(errno));
  Becoming to{argv.data(), envp.data(), log, start.inherited, ::getpid(), {}};
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &stops, &to.mask);
  process_ = ::fork();
  if (process_ == 0) become(to);
  const int reason = errno;
  ::pthread_sigmask(SIG_SETMASK, &to.mask, nullptr);
  if (has_log) ::close(log);
  if (process_ < 0) throw Error(start.command[0] + ": cannot be started: " + std::strerror(reason));
  ::setpgid(process_, process_);  // whoever comes first
}

ChildProcess::~ChildProcess() {
  if (end_) return;
  send(SIGKILL);
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
}

std::optional<ChildEnd> ChildProcess::poll() {
  if (end_) return end_;
  int status = 0;
  rusage usage{};
  if (::wait4(process_, &status, WNOHANG, &usage) != process_) return std::nullopt;
  constexpr std::uint64_t kKilobyte = 1024;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started_;
  end_ = {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), took.count(),
          static_cast<std::uint64_t>(usage.ru_maxrss) * kKilobyte};
  return end_;
}

ChildEnd ChildProcess::wait() {
  constexpr std::chrono::milliseconds kLook{20};
  bool told = false;
  for (;;) {
    if (const auto end = poll()) return *end;
    if (!told && interrupted()) {
      send(SIGINT);
      told = true;
    }
    std::this_thread::sleep_for(kLook);
  }
}

void ChildProcess::send(int signal) const {
  if (!end_) ::kill(-process_, signal);
}

}  // namespace miafr
