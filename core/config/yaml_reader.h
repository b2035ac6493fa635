// YAML to Node, for files that nobody should have to trust.
//
// Refused, each with its line: more than 1 MiB, 20000 lines, 10000 brackets, 64 levels or 10000 values (aliases counted
// as what they stand for), keys given twice, keys that are no single words, several documents, tags, tabs as
// indentation, control characters, bytes that are not UTF-8. A UTF-8 byte order mark and Windows line ends are fine.
#pragma once

#include <string>

#include "core/config/node.h"

namespace miafr {

// The map that the file holds. Throws ConfigError.
Node read_yaml_file(const std::string& path);

// The same from text; name stands where messages of a file have its path.
Node read_yaml_text(const std::string& text, const std::string& name);

// One value as given on a command line: text that begins with [ { " or ' is YAML, all else is taken as it stands.
// Everything in it gets the one origin.
Node read_yaml_value(const std::string& text, const std::string& origin);

}  // namespace miafr
