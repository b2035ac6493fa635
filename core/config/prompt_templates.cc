#include "core/config/prompt_templates.h"

#include <algorithm>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/config/nearest.h"

namespace miafr {
namespace {

// The stretches from one of `begin` to the next `end`, without a second begin between them.
std::vector<std::string> stretches(const std::string& text, char begin, char end) {
  std::vector<std::string> found;
  std::size_t from = std::string::npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == begin) from = i;
    if (text[i] != end || from == std::string::npos) continue;
    found.push_back(text.substr(from, i + 1 - from));
    from = std::string::npos;
  }
  return found;
}

bool is_other_programs_network(const std::string& stretch) {
  const std::string kind = stretch.substr(1, stretch.find(':') - 1);
  return stretch.find(':') != std::string::npos && (kind == "lora" || kind == "lyco" || kind == "hypernet");
}

}  // namespace

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

std::vector<std::string> taken_as_text(const std::vector<std::string>& prompts,
                                       const std::vector<std::string>& places) {
  std::vector<std::string> lines;
  const auto add = [&](const std::string& line) {
    if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
  };
  for (const std::string& prompt : prompts) {
    for (const std::string& braced : stretches(prompt, '{', '}')) {
      const std::string word = braced.substr(1, braced.size() - 2);
      if (std::find(places.begin(), places.end(), word) != places.end()) continue;
      add(shown(braced) + " in the prompt is no place and is taken as text" + suggestion(word, places, "places"));
    }
    for (const std::string& angled : stretches(prompt, '<', '>'))
      if (is_other_programs_network(angled))
        add(shown(angled) + " in the prompt is taken as text; a LoRA is given with --lora FILE:1");
  }
  return lines;
}

}  // namespace miafr
