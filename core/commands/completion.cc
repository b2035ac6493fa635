// miafr completion bash: a script from the table of commands.
#include <iostream>
#include <map>

#include "core/commands/options.h"
#include "core/base/errors.h"
#include "core/runtime/kinds.h"

namespace miafr {

int run_completion(const GlobalOptions&, const Arguments& arguments) {
  Options options("completion bash", "Prints the completion script; use it with: source <(miafr completion bash)");
  if (!options.parse(arguments)) return 0;

  std::map<std::string, std::string> second_words;  // "plugins" -> " list describe …"
  for (const Command& command : commands()) {
    const std::size_t space = command.name.find(' ');
    second_words[command.name.substr(0, space)] += space == std::string::npos ? "" : command.name.substr(space);
  }
  std::string first_words, cases, kind_words, global_words;
  for (const auto& [first, second] : second_words) {
    first_words += (first_words.empty() ? "" : " ") + first;
    if (!second.empty()) cases += "    " + first + ") words=\"" + second.substr(1) + "\" ;;\n";
  }
  for (const Kind& kind : kinds()) kind_words += (kind_words.empty() ? "" : " ") + kind.name;
  GlobalOptions globals;
  const auto global_options = describe(globals);
  for (const auto& option : global_options.options()) global_words += " --" + option->long_name();

  std::cout << "_miafr() {\n"
               "  local word=${COMP_WORDS[COMP_CWORD]} words=\"\"\n"
               "  case \"$COMP_CWORD:${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n"
               "    1:*) words=\""
            << first_words
            << "\" ;;\n"
               "    3:plugins\\ new) words=\""
            << kind_words
            << "\" ;;\n"
               "    *:plugins\\ describe|*:plugins\\ check) words=$(\"${COMP_WORDS[0]}\" plugins list --names "
               "2>/dev/null) ;;\n"
               "  esac\n"
               "  [ \"$COMP_CWORD\" = 2 ] && case \"${COMP_WORDS[1]}\" in\n"
            << cases
            << "  esac\n"
               "  case \"$word\" in -*) words=\"--help"
            << global_words
            << "\" ;; esac\n"
               "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
               "  [ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"$word\"))\n"
               "}\n"
               "complete -o filenames -F _miafr miafr ./miafr\n";
  return 0;
}

}  // namespace miafr
