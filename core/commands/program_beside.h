// Commands that are programs of their own: miafr-demo beside miafr is `miafr demo`.
#pragma once

#include <string>
#include <vector>

#include "core/commands/command.h"

namespace miafr {

// Their names as commands, sorted: "demo".
std::vector<std::string> programs_beside();

// Becomes that program, which is given the options of every command, then the arguments. Comes back where there is
// none. Throws Error where it cannot be run.
void run_program_beside(const std::string& name, const GlobalOptions& globals, const Arguments& arguments);

}  // namespace miafr
