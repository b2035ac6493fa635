// CSV as RFC 4180 has it, and safe to open in a spreadsheet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace miafr {

// A row's fields as the file has them, quotes resolved; they live during the call.
using CsvRow = std::function<void(std::int64_t line, const std::vector<std::string_view>& fields)>;

// Calls `row` for every row that is not empty, with the line on which it begins. Takes LF, CRLF and CR, a UTF-8 byte
// order mark, quoted fields with commas, line breaks and doubled quotes; blanks around a field belong to it. Reads in
// pieces, so the file may be larger than memory. Throws Error "PATH:LINE: ..." for a file that cannot be read, UTF-16,
// NUL bytes, a stray or unclosed quote, and a row of more than 4 MiB. What `row` throws comes through.
void read_csv(const std::filesystem::path& path, const CsvRow& row);

// A text as a field: quoted where it has to be. A text that a spreadsheet would run as a formula, beginning with = + -
// @ tab or CR, gets an apostrophe in front, and so does one that has apostrophes before such a character, so that
// csv_unescaped gives back exactly what was written. Not for numbers: -0.5 is one.
std::string csv_field(std::string_view text);

// The field's text without the apostrophe that csv_field puts in front of a formula.
std::string_view csv_unescaped(std::string_view field);

}  // namespace miafr
