#include "core/io/csv_table.h"

#include <algorithm>
#include <stdexcept>

#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {
namespace {

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1), kLongestList = 200;

[[noreturn]] void refuse_line(const std::filesystem::path& path, std::int64_t line, const std::string& reason) {
  throw Error(path.string() + ":" + std::to_string(line) + ": " + reason);
}

template <typename Names>
std::string list_of(const Names& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return shown(list, kLongestList);
}

// Reads the header once, then checks that every row reaches the columns that it needs.
class Header {
 public:
  Header(const std::filesystem::path& path, const std::vector<std::string>& required,
         const std::vector<std::string>& optional)
      : path_(path), required_(required), optional_(optional) {}

  bool is_read() const { return read_; }
  const CsvRecord::Columns& columns() const { return columns_; }

  void read(std::int64_t line, const std::vector<std::string_view>& names) {
    read_ = true;
    for (const auto* wanted : {&required_, &optional_})
      for (const std::string& name : *wanted) {
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end() && wanted == &required_)
          refuse_line(path_, line, "there is no column '" + name + "'; the columns are: " + list_of(names));
        if (std::count(names.begin(), names.end(), name) > 1)
          refuse_line(path_, line, "the column '" + name + "' is there twice");
        columns_[name] = found == names.end() ? kAbsent : static_cast<std::size_t>(found - names.begin());
      }
  }

  void check_row(std::int64_t line, std::size_t num_fields) const {
    for (const std::string& name : required_)
      if (columns_.at(name) >= num_fields) refuse_line(path_, line, "the row ends before its column '" + name + "'");
  }

 private:
  const std::filesystem::path& path_;
  const std::vector<std::string>&required_, &optional_;
  CsvRecord::Columns columns_;
  bool read_ = false;
};

}  // namespace

std::string CsvRecord::operator[](std::string_view column) const {
  const auto found = columns_.find(column);
  if (found == columns_.end())
    throw std::logic_error("read_csv_table was not told of the column " + std::string(column));
  return found->second < fields_.size() ? std::string(csv_unescaped(fields_[found->second])) : std::string();
}

std::string CsvRecord::not_empty(std::string_view column) const {
  std::string field = (*this)[column];
  if (field.empty()) refuse("there is no " + std::string(column));
  return field;
}

void CsvRecord::refuse(const std::string& reason) const { refuse_line(path_, line_, reason); }

void read_csv_table(const std::filesystem::path& path, const std::vector<std::string>& required,
                    const std::vector<std::string>& optional, const std::function<void(const CsvRecord&)>& record) {
  Header header(path, required, optional);
  read_csv(path, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    if (!header.is_read()) return header.read(line, fields);
    header.check_row(line, fields.size());
    record({path, header.columns(), line, fields});
  });
  if (!header.is_read())
    refuse_line(path, 1, "it is empty; the first line has to name the columns " + list_of(required));
}

}  // namespace miafr
