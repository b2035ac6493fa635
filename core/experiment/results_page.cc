#include "core/experiment/results_page.h"

#include <nlohmann/json.hpp>

#include "core/experiment/experiment_templates.h"
#include "core/report/page_template.h"

namespace miafr {
namespace {

using Json = nlohmann::ordered_json;

Json cells_of_row(const ShownTable& table, const std::vector<std::string>& texts) {
  Json cells = Json::array();
  for (std::size_t i = 0; i < texts.size(); ++i)
    cells.push_back({{"text", texts[i]}, {"is_text", i < table.first_number}});
  return cells;
}

}  // namespace

Json table_object(const ShownTable& table) {
  Json object = {{"title", table.title}, {"note", table.note}, {"columns", cells_of_row(table, table.columns)}};
  object["rows"] = Json::array();
  for (const auto& row : table.rows) object["rows"].push_back({{"cells", cells_of_row(table, row)}});
  return object;
}

std::string results_page(const std::string& title, const std::string& link, const std::vector<std::string>& warnings,
                         const std::vector<ShownTable>& tables) {
  Json page = {{"title", title}, {"link", link}, {"warnings", warnings}, {"tables", Json::array()}};
  for (const ShownTable& table : tables) page["tables"].push_back(table_object(table));
  return render_page("experiment", page, kExperimentTemplates);
}

}  // namespace miafr
