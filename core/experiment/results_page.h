// report.html of an experiment: its tables in one page.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "core/experiment/tables.h"

namespace miafr {

// What the template "table" takes: the columns and rows with their alignment, and the note.
nlohmann::ordered_json table_object(const ShownTable& table);

// One page without any other file. link: where there is more; "" for nowhere.
std::string results_page(const std::string& title, const std::string& link, const std::vector<std::string>& warnings,
                         const std::vector<ShownTable>& tables);

}  // namespace miafr
