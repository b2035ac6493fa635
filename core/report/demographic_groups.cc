#include "core/report/demographic_groups.h"

#include <cmath>

#include "core/io/csv.h"
#include "core/runtime/errors.h"
#include "core/runtime/interrupt.h"
#include "core/runtime/shown.h"

namespace miafr {

std::map<std::string, std::string> read_demographic_groups(const std::filesystem::path& csv) {
  std::map<std::string, std::string> groups;
  std::map<std::string, std::size_t> columns;
  read_csv(csv, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    throw_if_interrupted();
    const auto refuse = [&](const std::string& reason) {
      throw Error(csv.string() + ":" + std::to_string(line) + ": " + reason);
    };
    if (columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns.emplace(std::string(fields[i]), i);
      for (const char* needed : {"subject", "group"})
        if (!columns.count(needed)) refuse(std::string("there is no column '") + needed + "'");
      return;
    }
    const auto field = [&](const char* name) {
      const std::size_t column = columns.at(name);
      if (column >= fields.size() || fields[column].empty()) refuse(std::string("there is no ") + name);
      return std::string(csv_unescaped(fields[column]));
    };
    const std::string subject = field("subject"), group = field("group");
    const auto [known, is_new] = groups.emplace(subject, group);
    if (!is_new && known->second != group)
      refuse("person " + miafr::quoted(subject) + " is in two groups, " + miafr::quoted(known->second) + " and " +
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
