// Reading what Options parsed, with the checks that several commands make.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/commands/options.h"
#include "core/config/plugin_choice.h"

namespace miafr {

template <class T>
T value_or(const Options& options, const std::string& name, T otherwise) {
  return options.has(name) ? options.get<T>(name) : otherwise;
}

// Throws UsageError for less than `least`.
std::int64_t whole_from(const Options& options, const std::string& name, std::int64_t otherwise, std::int64_t least);

// One of `words`; the first unless given. Throws UsageError for another.
std::string one_of(const Options& options, const std::string& name, const std::vector<std::string>& words);

// The words of an option that was given, "a, b", without the spaces around them. Throws UsageError for an empty one.
std::vector<std::string> words_of(const Options& options, const std::string& name);

// What the text of --`option` names. Throws UsageError.
PluginChoice plugin_named(const std::string& option, const std::string& text);

// A file that was installed beside the program: PREFIX/share/miafr/NAME.
std::string shared_file(const std::string& name);

}  // namespace miafr
