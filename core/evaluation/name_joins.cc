#include "core/evaluation/name_joins.h"

#include <algorithm>

namespace miafr {
namespace {

std::string title_of(const std::string& method) { return method.empty() ? kOriginal : method; }

void keep(std::vector<UnmatchedNames>& all, UnmatchedNames one) {
  if (!one.names.empty()) all.push_back(std::move(one));
}

template <class Map>
std::set<std::string> keys_of(const Map& map) {
  std::set<std::string> keys;
  for (const auto& entry : map) keys.insert(entry.first);
  return keys;
}

// A real picture stands on either side of comparisons, an edited one on the probe's.
std::set<std::string> persons_with_references(const std::vector<MethodNames>& methods) {
  std::set<std::string> persons;
  for (const MethodNames& method : methods) {
    persons.insert(method.references.begin(), method.references.end());
    if (method.method.empty()) persons.merge(keys_of(method.probes));
  }
  return persons;
}

// The persons and labels of a method that another, which it is compared with, has not.
void keep_unmatched(const MethodNames& one, const MethodNames& other, std::vector<UnmatchedNames>& all) {
  const std::string list = title_of(one.method), others = "those of " + title_of(other.method);
  const std::string counted = one.pictures_named ? "picture" : "comparison";
  keep(all, {"person", list, others, counted, "Methods are compared on the persons that both have.",
             find_unmatched(one.probes, keys_of(other.probes))});
  if (one.labels.empty() || other.labels.empty()) return;
  keep(all, {"label", list, others, "", "Methods are compared on the labels that both have.",
             find_unmatched(one.labels, keys_of(other.labels))});
}

}  // namespace

MethodNames names_of(const ScoreTable& table, const std::vector<std::uint32_t>& rows, const std::string& method,
                     const std::vector<std::string>& labels) {
  const NamePool& names = table.names();
  MethodNames found;
  found.method = method;
  std::vector<bool> referenced(names.size(), false), seen(names.size(), false);  // by the name's number
  std::vector<std::int64_t> counts(names.size(), 0);
  for (const std::uint32_t row : rows) {
    referenced[table.subject_reference(row)] = true;
    const std::uint32_t picture = table.probe(row);
    found.pictures_named = found.pictures_named || picture != 0;
    if (picture != 0 && seen[picture]) continue;
    seen[picture] = true;
    ++counts[table.subject_probe(row)];
  }
  for (std::uint32_t id = 1; id < names.size(); ++id) {
    if (referenced[id]) found.references.insert(names[id]);
    if (counts[id] > 0) found.probes[names[id]] = counts[id];
  }
  for (const std::string& label : labels) found.labels[label] = 0;
  return found;
}

std::vector<UnmatchedNames> unmatched_in_methods(const std::vector<MethodNames>& methods,
                                                 std::optional<std::size_t> baseline) {
  std::vector<UnmatchedNames> all;
  const std::set<std::string> referenced = persons_with_references(methods);
  for (const MethodNames& method : methods)
    if (!method.method.empty())
      keep(all, {"person", "the probes of " + method.method, "the references",
                 method.pictures_named ? "picture" : "comparison",
                 "They have no genuine comparison, and their others count as an impostor's.",
                 find_unmatched(method.probes, referenced)});
  if (!baseline || methods[*baseline].method.empty()) return all;
  for (std::size_t m = 0; m < methods.size(); ++m) {
    if (m == *baseline || methods[m].method.empty() || methods[m].method == kVaeRoundTrip) continue;
    keep_unmatched(methods[m], methods[*baseline], all);
    keep_unmatched(methods[*baseline], methods[m], all);
  }
  return all;
}

std::vector<UnmatchedNames> unmatched_in_groups(const std::set<std::string>& compared,
                                                const std::map<std::string, std::string>& groups) {
  std::map<std::string, std::int64_t> persons, listed;
  for (const std::string& person : compared) persons[person] = 0;
  for (const auto& entry : groups) listed[entry.first] = 0;
  std::vector<UnmatchedNames> all;
  keep(all, {"person", "those that are compared", "the persons of the demographic groups", "",
             "They have no group and are no part of those tables.", find_unmatched(persons, keys_of(groups))});
  keep(all, {"person", "the demographic groups", "those that are compared", "", "Their rows have no effect.",
             find_unmatched(listed, compared)});
  return all;
}

std::vector<UnmatchedNames> unmatched_in_answers(const Evaluation& evaluation) {
  std::map<std::string, std::int64_t> asked, edited;
  std::set<std::string> evaluated;
  for (const AttributeSuccess& one : evaluation.attributes)
    if (!one.method.empty()) asked[one.method] += one.asked;
  for (const MatcherResult& matcher : evaluation.matchers)
    for (const MethodResult& method : matcher.methods) {
      evaluated.insert(title_of(method.method));
      if (!method.method.empty() && method.method != kVaeRoundTrip) edited[method.method] = 0;
    }
  std::vector<UnmatchedNames> all;
  keep(all, {"method", "the answers", "those that are evaluated", "answer", "Their answers stand beside no error rate.",
             find_unmatched(asked, evaluated)});
  if (!asked.empty())
    keep(all, {"method", "those that are evaluated", "the methods of the answers", "",
               "Whether their edits are seen is not known.", find_unmatched(edited, keys_of(asked))});
  return all;
}

}  // namespace miafr
