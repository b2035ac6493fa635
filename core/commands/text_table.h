// A table on a terminal.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace miafr {

using TextTable = std::vector<std::vector<std::string>>;  // rows of the same length, UTF-8

// Columns from `first_number` on stand to the right.
void print_table(std::ostream& out, const TextTable& table, std::size_t first_number);

}  // namespace miafr
