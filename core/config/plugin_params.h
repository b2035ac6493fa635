// Turns the text of a config or of the command line into parameters, checked against a table of ParamSpec.
#pragma once

#include <string>
#include <vector>

#include "core/config/config_error.h"
#include "core/plugin/params.h"

namespace miafr {

// A parameter as it was written; what it means is known once the plugin is found.
struct RawParam {
  std::string key;
  std::string text;
  std::string origin = "";  // "file.yaml:12", "command line: --sampler.params.eta=1"; "" when the caller adds it
  std::string path = "";    // the whole key for messages, "losses[0].params.temperature"; "" stands for <what>.<key>
  bool was_map = false;     // the text stands for a map, which only the name of a plugin may be
};
using RawParams = std::vector<RawParam>;  // in the order of the file; of equal keys the later counts

// Every parameter of the table: as given, else its default. what: whose parameters they are, "losses[0].params".
// Throws ConfigError for the first value that does not fit, a default out of the table's own range included:
//   run.yaml:14: losses[0].params.temperature = 200, allowed 0.001..100
//   run.yaml:14: losses[0].params: unknown key 'temprature', did you mean 'temperature'? (known: temperature, queue)
Params resolve_params(const ParamTable& table, const RawParams& raw, const std::string& what);

// `params`, complete for the table, with the given ones in place of what they were. Throws as resolve_params does.
Params change_params(Params params, const ParamTable& table, const RawParams& raw, const std::string& what);

// One value by its spec; path is its name in messages.
Params::Value parse_value(const ParamSpec& spec, const std::string& text, const std::string& path,
                          const std::string& origin);

// The default, as text that parse_value takes.
std::string default_text(const ParamSpec& spec);

// "0.001..100", "0 or more", "cosine, l1", "true, false"; "" where everything of the type is allowed.
std::string allowed_values(const ParamSpec& spec);

// The words of "a|b|c".
std::vector<std::string> split_choices(const char* choices);

}  // namespace miafr
