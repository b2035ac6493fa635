#include "core/commands/option_values.h"

#include <algorithm>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/config/nearest.h"
#include "core/runtime/plugin_registry.h"

namespace miafr {
namespace {

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

}  // namespace

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

std::vector<std::string> words_of(const Options& options, const std::string& name) {
  const auto list = options.get<std::string>(name);
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    words.push_back(trimmed(list.substr(begin, end - begin)));
    if (words.back().empty())
      throw UsageError("--" + name + " " + miafr::quoted(list) +
                       ": an empty word; give words with a comma between two, such as a,b");
    begin = end + 1;
  }
  return words;
}

PluginChoice plugin_named(const std::string& option, const std::string& text) {
  try {
    return parse_plugin_choice(text, "--" + option, "command line");
  } catch (const ConfigError& e) {
    throw UsageError(e.what());
  }
}

std::string shared_file(const std::string& name) {
  return (executable_path().parent_path().parent_path() / "share" / "miafr" / name).string();
}

}  // namespace miafr
