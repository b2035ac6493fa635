#include "core/evaluation/demographic_groups.h"

#include <cmath>

#include "core/io/csv_table.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/shown.h"

namespace miafr {

std::map<std::string, std::string> read_demographic_groups(const std::filesystem::path& csv) {
  std::map<std::string, std::string> groups;
  read_csv_table(csv, {"subject", "group"}, {}, [&](const CsvRecord& row) {
    throw_if_interrupted();
    const std::string subject = row.not_empty("subject"), group = row.not_empty("group");
    const auto [known, is_new] = groups.emplace(subject, group);
    if (!is_new && known->second != group)
      row.refuse("person " + miafr::quoted(subject) + " is in two groups, " + miafr::quoted(known->second) + " and " +
                 miafr::quoted(group));
  });
  if (groups.empty()) throw Error(csv.string() + ": there are no persons in it");
  return groups;
}

const Rate& rate_of(const OperatingResult& at, RateKind kind) {
  return kind == RateKind::kFmr ? at.point.fmr : at.point.fnmr;
}

Differential differential(const std::vector<CellResult>& groups, std::size_t target, RateKind kind) {
  const CellResult *highest = nullptr, *lowest = nullptr;
  const auto value = [&](const CellResult* group) { return rate_of(group->points[target], kind).value(); };
  double logarithms = 0;
  int count = 0;
  for (const CellResult& group : groups) {
    if (group.points.size() <= target || rate_of(group.points[target], kind).trials == 0) continue;
    if (!highest || value(&group) > value(highest)) highest = &group;
    if (!lowest || value(&group) < value(lowest)) lowest = &group;
    logarithms += std::log(value(&group));
    ++count;
  }
  if (count < 2) return {"", "", std::nan(""), std::nan("")};
  const bool all_err = value(lowest) > 0;
  return {highest->group, lowest->group, all_err ? value(highest) / value(lowest) : std::nan(""),
          all_err ? value(highest) / std::exp(logarithms / count) : std::nan("")};
}

}  // namespace miafr
