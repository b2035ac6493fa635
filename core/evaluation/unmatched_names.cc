#include "core/evaluation/unmatched_names.h"

#include "core/base/shown.h"
#include "core/config/nearest.h"

namespace miafr {

std::vector<UnmatchedName> find_unmatched(const std::map<std::string, std::int64_t>& names,
                                          const std::set<std::string>& others) {
  std::vector<std::string> free;
  for (const std::string& other : others)
    if (!names.count(other)) free.push_back(other);
  std::vector<UnmatchedName> unmatched;
  for (const auto& [name, count] : names)
    if (!others.count(name)) unmatched.push_back({name, count, nearest(name, free)});
  return unmatched;
}

std::string warning_of(const UnmatchedNames& unmatched) {
  constexpr std::size_t kNamed = 5;
  const std::size_t all = unmatched.names.size();
  std::string text = std::to_string(all) + " " + unmatched.kind + (all == 1 ? "" : "s") + " of " + unmatched.list +
                     (all == 1 ? " is" : " are") + " not among " + unmatched.other + ": ";
  for (std::size_t i = 0; i < all && i < kNamed; ++i) {
    const UnmatchedName& one = unmatched.names[i];
    std::string more;
    if (one.count > 0) more = std::to_string(one.count) + " " + unmatched.counted + (one.count == 1 ? "" : "s");
    if (!one.meant.empty()) more += (more.empty() ? "" : "; ") + ("is " + quoted(one.meant) + " meant?");
    text += (i == 0 ? "" : ", ") + quoted(one.name) + (more.empty() ? "" : " (" + more + ")");
  }
  if (all > kNamed) text += " and " + std::to_string(all - kNamed) + " more, which results.json names";
  return text + ". " + unmatched.consequence;
}

}  // namespace miafr
