#include "core/metrics/name_pool.h"

#include <limits>

#include "core/base/errors.h"

namespace miafr {

std::uint32_t NamePool::id(std::string_view text) {
  const auto known = index_.find(text);
  if (known != index_.end()) return known->second;
  if (names_.size() == std::numeric_limits<std::uint32_t>::max())
    throw Error("scores: too many different names; at most 4294967295; split the comparisons into several files");
  names_.emplace_back(text);
  const auto id = static_cast<std::uint32_t>(names_.size() - 1);
  index_.emplace(names_.back(), id);
  return id;
}

}  // namespace miafr
