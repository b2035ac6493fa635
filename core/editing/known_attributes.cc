#include "core/editing/known_attributes.h"

#include <cctype>
#include <optional>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/config/scalar.h"
#include "core/io/csv.h"

namespace miafr {
namespace {

constexpr const char* kFile = "file";

std::string lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::optional<double> share_of(const std::string& text) {
  if (const auto flag = parse_flag(text)) return *flag ? 1.0 : 0.0;
  const auto number = parse_real(text);
  if (number && *number == -1) return 0.0;
  return number && *number >= 0 && *number <= 1 ? number : std::nullopt;
}

}  // namespace

KnownAttributes::KnownAttributes(const std::filesystem::path& csv) : csv_(csv) {
  std::vector<std::string> columns;
  std::size_t file_column = 0;
  read_csv(csv, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    const auto refuse = [&](const std::string& reason) {
      throw Error(csv.string() + ":" + std::to_string(line) + ": " + reason);
    };
    if (columns.empty()) {
      for (const std::string_view field : fields) columns.push_back(lower_case(std::string(csv_unescaped(field))));
      while (file_column < columns.size() && columns[file_column] != kFile) ++file_column;
      if (file_column == columns.size()) refuse("there is no column 'file' in the first line");
      return;
    }
    if (fields.size() != columns.size())
      refuse(std::to_string(fields.size()) + " fields where the first line has " + std::to_string(columns.size()));
    Row& row = by_file_[std::string(csv_unescaped(fields[file_column]))];
    row.line = line;
    for (std::size_t i = 0; i < fields.size(); ++i)
      if (i != file_column && !fields[i].empty()) row.fields[columns[i]] = std::string(csv_unescaped(fields[i]));
  });
}

double KnownAttributes::share(const Row& row, const std::string& column, const std::string& text) const {
  if (const auto value = share_of(text)) return *value;
  throw Error(csv_.string() + ":" + std::to_string(row.line) + ": " + column + " = " + miafr::quoted(text) +
              ": allowed are 1, 0, -1, yes, no and what lies between 0 and 1");
}

std::map<std::string, double> KnownAttributes::of(const PhotoToEdit& photo,
                                                  const std::vector<EditableAttribute>& declared) const {
  if (csv_.empty())
    throw Error("the editor asks for the attributes that each photo has; give them with --attributes CSV");
  auto found = by_file_.find(photo.name);
  if (found == by_file_.end()) found = by_file_.find(photo.file.filename().string());
  if (found == by_file_.end()) throw Error(csv_.string() + ": there is no row for " + shown(photo.name));
  const Row& row = found->second;
  std::map<std::string, double> known;
  if (declared.empty())
    for (const auto& [column, text] : row.fields) known[column] = share(row, column, text);
  for (const EditableAttribute& attribute : declared) {
    const std::string column = lower_case(attribute.name);
    const auto field = row.fields.find(column);
    if (field == row.fields.end())
      throw Error(csv_.string() + ": " + shown(photo.name) + " has no value for the attribute " + attribute.name);
    known[attribute.name] = share(row, column, field->second);
  }
  return known;
}

}  // namespace miafr
