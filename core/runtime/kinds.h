// The kinds of plugins this host knows. A new kind is its SDK header, its template, a line in core/plugin/kinds.bzl and
// one in kinds.cc.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/abi.h"

namespace miafr {

struct Kind {
  std::string name;             // "loss"
  std::string folder;           // "losses", below a plugin folder
  std::string flags_title;      // "needs", "properties"
  std::vector<FlagSpec> flags;  // what the bits of a descriptor's flags mean
};

const std::vector<Kind>& kinds();

// Throws UsageError that lists the kinds.
const Kind& kind_named(const std::string& name);

}  // namespace miafr
