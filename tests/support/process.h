// Runs a program and keeps what it wrote.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/files.h"

namespace miafr_tests {

struct ProcessResult {
  int exit_code = -1;  // 128 + signal where a signal ended it
  std::string out, err;
};

inline std::string read_text(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

inline ProcessResult run_process(const std::vector<std::string>& command,
                                 const std::map<std::string, std::string>& environment = {},
                                 const fs::path& folder = {}) {
  const fs::path scratch = temporary_folder();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto redirect = [](const fs::path& file, int to) {
      ::dup2(::open(file.c_str(), O_CREAT | O_WRONLY, 0600), to);
    };
    redirect(scratch / "out", STDOUT_FILENO);
    redirect(scratch / "err", STDERR_FILENO);
    for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
    if (!folder.empty() && ::chdir(folder.c_str()) != 0) ::_exit(127);
    std::vector<char*> argv;
    for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(scratch / "out"),
          read_text(scratch / "err")};
}

// The miafr program with these arguments.
inline ProcessResult miafr(std::vector<std::string> arguments,
                           const std::map<std::string, std::string>& environment = {}, const fs::path& folder = {}) {
  arguments.insert(arguments.begin(), (prefix() / "bin" / "miafr").string());
  return run_process(arguments, environment, folder);
}

}  // namespace miafr_tests
