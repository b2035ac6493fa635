#include "core/config/prompt_templates.h"

#include "core/base/errors.h"

namespace miafr {

bool fill_place(std::string& text, const std::string& place, const std::string& word) {
  bool found = false;
  for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += word.size()) {
    text.replace(at, place.size(), word);
    found = true;
  }
  return found;
}

std::vector<Prompt> expand_place(const std::vector<Prompt>& prompts, const std::string& place,
                                 const std::string& option, const std::vector<PlaceWord>& words) {
  const std::string braced = "{" + place + "}";
  std::vector<Prompt> expanded;
  bool used = false;
  for (const Prompt& prompt : prompts) {
    if (prompt.text.find(braced) == std::string::npos) {
      expanded.push_back(prompt);
      continue;
    }
    used = true;
    if (words.empty()) throw UsageError("the prompt has " + braced + "; say which with " + option + " A,B");
    for (const PlaceWord& word : words) {
      expanded.push_back({prompt.text, prompt.label.empty() ? word.name : prompt.label + " " + word.name});
      fill_place(expanded.back().text, braced, word.text);
    }
  }
  if (!words.empty() && !used) throw UsageError(option + " needs " + braced + " in the prompt");
  return expanded;
}

}  // namespace miafr
