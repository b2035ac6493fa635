#include "core/metrics/subject_index.h"

#include "core/base/errors.h"

namespace miafr {

SubjectIndex::SubjectIndex(const ScoreTable& table) : number(table.names().size(), 0) {
  std::vector<bool> is_subject(table.names().size(), false);
  for (std::size_t row = 0; row < table.size(); ++row) {
    if (table.subject_probe(row) == 0)
      throw Error("subjects: comparison " + std::to_string(row + 1) +
                  " does not name its persons; an interval over persons needs subject_probe and subject_reference");
    is_subject[table.subject_probe(row)] = is_subject[table.subject_reference(row)] = true;
  }
  std::map<std::string, std::uint32_t> ids;
  for (std::uint32_t id = 0; id < is_subject.size(); ++id)
    if (is_subject[id]) ids.emplace(table.names()[id], id);
  for (const auto& [name, id] : ids) {
    number[id] = static_cast<std::uint32_t>(names.size());
    names.push_back(name);
  }
}

}  // namespace miafr
