// The miafr program, as anybody else would call it.
#pragma once

#include <string>
#include <vector>

namespace miafr::demo {

struct Program {
  std::vector<std::string> command;  // and its global options

  // Runs it to its end; what it says goes where we write. A Ctrl-C is handed on, and waited for. Throws Cancelled, and
  // Error where it fails.
  void run(const std::vector<std::string>& arguments) const;

  // The call as one types it: "miafr generate --ckpt …".
  static std::string typed(const std::vector<std::string>& arguments);
};

}  // namespace miafr::demo
