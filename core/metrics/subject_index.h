// Persons as numbers 0, 1, ...
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/metrics/score_table.h"

namespace miafr {

// Persons in alphabetical order, so that neither the order of the rows nor that of the names' arrival counts.
struct SubjectIndex {
  std::vector<std::string> names;
  std::vector<std::uint32_t> number;  // by the table's name id; only subjects have one

  // Throws Error where a comparison does not say who was compared.
  explicit SubjectIndex(const ScoreTable& table);
};

}  // namespace miafr
