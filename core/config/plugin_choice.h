// A plugin as a config or a command line names it, with the parameters that are not its defaults:
//
//   adaface
//   adaface:weights=adaface.ckpt
//   arcface:weights="a, b.pth"                         a value with a comma or a quotation mark is quoted
//   {name: adaface, params: {weights: adaface.ckpt}}   the same as a map, in YAML
//
// Within quotation marks, "…" or '…', a doubled mark is one.
#pragma once

#include <string>

#include "core/config/node.h"
#include "core/config/plugin_params.h"

namespace miafr {

struct PluginChoice {
  std::string name;
  RawParams params = {};
};

// path: what is named so, "train.judge" or "--matcher"; origin: where it is written, "run.yaml:12" or "command line".
// Throws ConfigError with both.
PluginChoice parse_plugin_choice(const std::string& text, const std::string& path, const std::string& origin);

// The same of a YAML value, a text or a map.
PluginChoice read_plugin_choice(const Node& node, const std::string& path);

// The values of a map, for a table of parameters; a map among them names a plugin.
RawParams raw_params(const Node& map, const std::string& path);

// As one line, which parse_plugin_choice reads.
std::string to_text(const PluginChoice& choice);

// Lower-case letters, digits and underscores, beginning with a letter: how plugins are named.
bool is_plugin_name(const std::string& name);

}  // namespace miafr
