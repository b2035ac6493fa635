#include <sstream>

#include "demo/command/page.h"
#include "demo/command/program.h"

namespace miafr::demo {

std::vector<std::string> typed_commands(const PageInputs& inputs) {
  std::vector<std::string> commands;
  const std::string whole = inputs.folder.out.string();
  for (const std::vector<std::string>& command : inputs.commands) {
    std::string text = Program::typed(command);
    for (std::size_t at = 0; (at = text.find(whole, at)) != std::string::npos; at += inputs.outdir.size())
      text.replace(at, whole.size(), inputs.outdir);
    commands.push_back(text);
  }
  return commands;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace miafr::demo
