// The kinds of plugins this host knows. A new kind is its SDK header and one line in kinds.cc.
#pragma once

#include <string>
#include <vector>

namespace miafr {

struct Kind {
  std::string name;             // "loss"
  std::string folder;           // "losses", below a plugin folder
  std::string source_template;  // what `miafr plugins new` writes
};

const std::vector<Kind>& kinds();

// Throws UsageError that lists the kinds.
const Kind& kind_named(const std::string& name);

}  // namespace miafr
