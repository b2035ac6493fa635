// Changes to a config from the command line.
#pragma once

#include <string>
#include <vector>

#include "core/config/node.h"

namespace miafr {

struct Override {
  std::vector<std::string> path;  // "losses", "0", "weight"
  std::string value;              // text, or YAML when it begins with [ { " or '
  std::string origin;             // "command line: --losses.0.weight=0.5"
};

// The arguments that no option took, in their order:
//   --train.reg_weight 0.5    --train.reg_weight=0.5    train.reg_weight=0.5
// Entries of a list go by index or by name: losses.0.weight, losses[0].weight, losses.cosine.weight. A value in flow
// style replaces a list and merges into a map: losses=[{name: cosine}], train={steps: 5, seed: 1}. Throws ConfigError:
// no value, no path, an empty key in a path, not UTF-8.
std::vector<Override> parse_overrides(const std::vector<std::string>& arguments);

// Sets the value at the path; maps on the way are made where there is none. A map is merged, everything else replaces
// what is there. Unknown keys are not found here but where the tree is read. Throws ConfigError: a path through a
// single value, no such entry of a list.
void set_at_path(Node& root, const std::vector<std::string>& path, Node value);

// What follows the dots of "a.b[0].c": a, b, 0, c. Empty parts are kept.
std::vector<std::string> split_path(const std::string& path);
std::string join_path(const std::vector<std::string>& parts);

}  // namespace miafr
