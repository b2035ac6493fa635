#include "core/report/attribute_answers.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <utility>

#include "core/io/csv.h"
#include "core/runtime/errors.h"
#include "core/runtime/shown.h"

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
  std::map<std::string, std::size_t> columns;
  std::map<std::pair<std::string, std::string>, AttributeSuccess> counts;  // by method and attribute
  read_csv(csv, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    const auto refuse = [&](const std::string& reason) {
      throw Error(csv.string() + ":" + std::to_string(line) + ": " + reason);
    };
    if (columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns.emplace(std::string(fields[i]), i);
      for (const char* needed : {"attribute", "answer"})
        if (!columns.count(needed)) refuse(std::string("there is no column '") + needed + "'");
      return;
    }
    const auto field = [&](const char* name) {
      const auto found = columns.find(name);
      return found == columns.end() || found->second >= fields.size()
                 ? std::string()
                 : std::string(csv_unescaped(fields[found->second]));
    };
    const std::optional<bool> answer = answer_of(field("answer"));
    if (!answer) refuse("answer " + miafr::quoted(field("answer")) + ": allowed are yes, no, true, false, 1, 0");
    AttributeSuccess& success = counts[{field("method"), field("attribute")}];
    success.correct += *answer;
    ++success.asked;
  });
  std::vector<AttributeSuccess> all;
  for (const auto& [key, success] : counts) all.push_back({key.first, key.second, success.correct, success.asked});
  if (all.empty()) throw Error(csv.string() + ": there are no answers in it");
  return all;
}

}  // namespace miafr
