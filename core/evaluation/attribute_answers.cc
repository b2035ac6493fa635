#include "core/evaluation/attribute_answers.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

#include "core/io/csv_table.h"
#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

// Nothing where it is no answer.
std::optional<bool> answer_of(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  if (text == "yes" || text == "true" || text == "1") return true;
  if (text == "no" || text == "false" || text == "0") return false;
  return std::nullopt;
}

}  // namespace

std::vector<AttributeSuccess> read_attribute_answers(const std::filesystem::path& csv) {
  std::map<std::pair<std::string, std::string>, AttributeSuccess> counts;  // by method and attribute
  read_csv_table(csv, {"attribute", "answer"}, {"method"}, [&](const CsvRecord& row) {
    const std::optional<bool> answer = answer_of(row["answer"]);
    if (!answer) row.refuse("answer " + miafr::quoted(row["answer"]) + ": allowed are yes, no, true, false, 1, 0");
    AttributeSuccess& success = counts[{row["method"], row["attribute"]}];
    success.correct += *answer;
    ++success.asked;
  });
  std::vector<AttributeSuccess> all;
  for (const auto& [key, success] : counts) all.push_back({key.first, key.second, success.correct, success.asked});
  if (all.empty()) throw Error(csv.string() + ": there are no answers in it");
  return all;
}

}  // namespace miafr
