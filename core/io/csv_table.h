// CSV files whose first row names the columns, read by those names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/csv.h"

namespace miafr {

// One row below the header; lives during the call that hands it out.
class CsvRecord {
 public:
  using Columns = std::map<std::string, std::size_t, std::less<>>;  // where each one stands

  CsvRecord(const std::filesystem::path& path, const Columns& columns, std::int64_t line,
            const std::vector<std::string_view>& fields)
      : path_(path), columns_(columns), line_(line), fields_(fields) {}

  // The field without csv_field's apostrophe; "" of an optional column that the table or the row has not.
  std::string operator[](std::string_view column) const;

  // The same; refuses the row where it is empty.
  std::string not_empty(std::string_view column) const;

  std::int64_t line() const { return line_; }

  // Throws Error "PATH:LINE: reason".
  [[noreturn]] void refuse(const std::string& reason) const;

 private:
  const std::filesystem::path& path_;
  const Columns& columns_;
  const std::int64_t line_;
  const std::vector<std::string_view>& fields_;
};

// Calls `record` for every row below the header. Columns stand in any order, and others beside them are skipped.
// Throws Error "PATH:LINE: ..." for what read_csv refuses, a file without a header, a required column that is missing
// (with those that are there), a named one that is there twice, and a row that ends before a required column.
void read_csv_table(const std::filesystem::path& path, const std::vector<std::string>& required,
                    const std::vector<std::string>& optional, const std::function<void(const CsvRecord&)>& record);

}  // namespace miafr
