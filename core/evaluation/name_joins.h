// Where an evaluation joins lists of names: probes with references, methods with each other, persons with their groups,
// methods with answers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/evaluation/evaluation.h"
#include "core/evaluation/unmatched_names.h"

namespace miafr {

// What the comparisons of one method name.
struct MethodNames {
  std::string method;                          // empty: real pictures
  std::map<std::string, std::int64_t> probes;  // their persons, with the number of pictures
  bool pictures_named = false;                 // else the number is of comparisons
  std::set<std::string> references;            // their persons
  std::map<std::string, std::int64_t> labels;  // of edits, with 0
};

// Finds the names in those rows of a table, whose labels are `labels`.
MethodNames names_of(const ScoreTable& table, const std::vector<std::uint32_t>& rows, const std::string& method,
                     const std::vector<std::string>& labels);

// What does not join among the methods of one matcher: a probe's person without a reference; and persons and labels
// that a method has and the baseline has not, or the other way round. baseline: its place, where methods are compared.
std::vector<UnmatchedNames> unmatched_in_methods(const std::vector<MethodNames>& methods,
                                                 std::optional<std::size_t> baseline);

// Persons that are compared and have no demographic group, and those of the file that nobody has a picture of.
std::vector<UnmatchedNames> unmatched_in_groups(const std::set<std::string>& compared,
                                                const std::map<std::string, std::string>& groups);

// Methods that were asked about and not evaluated, and the other way round.
std::vector<UnmatchedNames> unmatched_in_answers(const Evaluation& evaluation);

}  // namespace miafr
