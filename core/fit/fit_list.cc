#include "core/fit/fit_list.h"

#include <set>
#include <string>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/io/csv.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

// "a/../b.jpg" is below the folder, "../b.jpg" and "/b.jpg" are not.
bool lies_below(const fs::path& name) {
  const fs::path normal = name.lexically_normal();
  return !normal.empty() && normal.is_relative() && *normal.begin() != "..";
}

}  // namespace

std::vector<LabelledPhoto> read_fit_list(const fs::path& csv, const fs::path& folder) {
  if (!fs::is_directory(folder)) throw Error(shown(folder.string(), 300) + ": it is no folder");
  std::vector<std::string> columns;
  std::vector<LabelledPhoto> photos;
  std::set<std::string> seen;
  read_csv(csv, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    const auto refuse = [&](const std::string& reason) {
      throw Error(csv.string() + ":" + std::to_string(line) + ": " + reason);
    };
    if (columns.empty()) {
      for (const std::string_view field : fields) columns.emplace_back(csv_unescaped(field));
      const std::set<std::string> distinct(columns.begin(), columns.end());
      if (distinct.size() != columns.size()) refuse("two columns have one name");
      if (!distinct.count("file")) refuse("there is no column 'file' in the first line");
      return;
    }
    if (fields.size() != columns.size())
      refuse(std::to_string(fields.size()) + " fields where the first line has " + std::to_string(columns.size()));
    LabelledPhoto one;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string text(csv_unescaped(fields[i]));
      if (columns[i] == "file")
        one.photo.name = text;
      else if (columns[i] == "subject")
        one.photo.person = one.example.subject = text;
      else
        one.example.labels[columns[i]] = text;
    }
    one.photo.file = folder / one.photo.name;
    if (!lies_below(one.photo.name)) refuse(miafr::quoted(one.photo.name) + " is no file below " + folder.string());
    if (!fs::exists(one.photo.file)) refuse(shown(one.photo.file.string(), 300) + " is not there");
    if (!seen.insert(one.photo.name).second) refuse(shown(one.photo.name) + " is listed twice");
    photos.push_back(std::move(one));
  });
  if (photos.empty()) throw Error(csv.string() + ": lists no photo");
  return photos;
}

}  // namespace miafr
