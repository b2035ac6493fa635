// Names of one list that have no counterpart in another: persons, methods and labels that do not join, often for a slip
// such as Anna for anna. What becomes of them is a rule; that there are some is always said.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace miafr {

struct UnmatchedName {
  std::string name;
  std::int64_t count = 0;  // pictures, comparisons or answers that have it; 0: not counted
  std::string meant;       // the name of the other list that is likely meant; "" where none is near
};

struct UnmatchedNames {
  std::string kind;         // "person"
  std::string list;         // "the probes"
  std::string other;        // "the references"
  std::string counted;      // "picture"; "" where nothing is
  std::string consequence;  // a sentence on what becomes of them
  std::vector<UnmatchedName> names;
};

// Returns those of `names` (with their counts) that `others` has not. Only what `names` has not, either, is taken for
// meant: where the numbers person1 and person2 are in both lists, neither is a slip for the other.
std::vector<UnmatchedName> find_unmatched(const std::map<std::string, std::int64_t>& names,
                                          const std::set<std::string>& others);

// "2 persons of the probes are not among the references: 'Anna' (1 picture; is 'anna' meant?), 'ben' (3 pictures). …":
// the first few, and how many more there are.
std::string warning_of(const UnmatchedNames& unmatched);

}  // namespace miafr
