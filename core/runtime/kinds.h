// The kinds of plugins this host knows. A new kind is its SDK header and one line in kinds.cc.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/abi.h"

namespace miafr {

struct Kind {
  std::string name;             // "loss"
  std::string folder;           // "losses", below a plugin folder
  std::string needs_title;      // "needs", "traits"
  std::vector<NeedSpec> needs;  // what the bits of a descriptor's needs mean
  std::string source_template;  // what `miafr plugins new` writes
};

const std::vector<Kind>& kinds();

// Lower-case letters, digits and underscores, beginning with a letter: how plugins are named.
bool is_plugin_name(const std::string& name);

// Throws UsageError that lists the kinds.
const Kind& kind_named(const std::string& name);

}  // namespace miafr
