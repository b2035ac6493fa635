#include "demo/command/program.h"

#include "core/experiment/slurm.h"
#include "core/base/child_process.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"

namespace miafr::demo {

void Program::run(const std::vector<std::string>& arguments) const {
  std::vector<std::string> whole = command;
  whole.insert(whole.end(), arguments.begin(), arguments.end());
  ChildProcess child({whole, {}, {}, -1});
  const ChildEnd end = child.wait();
  throw_if_interrupted();
  if (end.exit_code != 0) throw Error("miafr " + arguments[0] + " failed, for the reason above");
}

std::string Program::typed(const std::vector<std::string>& arguments) {
  std::string text = "./miafr";
  for (const std::string& word : arguments) {
    const bool is_plain = !word.empty() && word.find_first_of(" '\"\\{}[]();&|<>$*?#!`~") == std::string::npos;
    text += " " + (is_plain ? word : shell_quoted(word));
  }
  return text;
}

}  // namespace miafr::demo
