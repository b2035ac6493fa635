#include "core/commands/option_values.h"

#include <sstream>

#include "core/config/nearest.h"
#include "core/runtime/errors.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {

std::int64_t whole_from(const Options& options, const std::string& name, std::int64_t otherwise, std::int64_t least) {
  const auto value = value_or<std::int64_t>(options, name, otherwise);
  if (value < least)
    throw UsageError("--" + name + " " + std::to_string(value) + ": must be " + std::to_string(least) + " or more");
  return value;
}

std::string one_of(const Options& options, const std::string& name, const std::vector<std::string>& words) {
  const auto value = value_or(options, name, words.front());
  for (const std::string& word : words)
    if (value == word) return value;
  throw UsageError("--" + name + " " + value + ": allowed are " + comma_separated(words));
}

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream in(list);
  for (std::string word; std::getline(in, word, ',');)
    if (!word.empty()) words.push_back(word);
  return words;
}

std::string shared_file(const std::string& name) {
  return (executable_path().parent_path().parent_path() / "share" / "miafr" / name).string();
}

}  // namespace miafr
