#include "core/io/csv.h"

#include <csv.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>

#include "core/base/errors.h"
#include "core/base/text_encoding.h"

namespace miafr {
namespace {

constexpr std::size_t kPiece = 1 << 20, kLargestRow = 4 << 20;

// Collects what libcsv reports, and counts lines, which libcsv does not.
class RowCollector {
 public:
  explicit RowCollector(const CsvRow& row) : row_(row) {}

  // No exception may pass through libcsv, which is C: kept until csv_parse has returned.
  static void on_field(void* text, std::size_t size, void* self) {
    static_cast<RowCollector*>(self)->add_field({static_cast<const char*>(text), size});
  }
  static void on_line_end(int character, void* self) { static_cast<RowCollector*>(self)->end_line(character); }

  std::int64_t row_line() const { return row_line_; }
  std::size_t row_size() const { return text_.size(); }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void add_field(std::string_view field) {
    if (after_cr_ && ends_.empty()) after_cr_ = false;
    line_ += count_line_ends(field);
    text_ += field;
    ends_.push_back(text_.size());
  }

  // For each CR and LF outside quotes (CRLF: for both), and with -1 at the end of a file without one.
  void end_line(int character) {
    const bool second_of_crlf = character == '\n' && after_cr_ && ends_.empty();
    if (!second_of_crlf) ++line_;
    after_cr_ = character == '\r';
    if (!ends_.empty()) deliver();
    row_line_ = line_;
  }

  void deliver() {
    fields_.clear();
    std::size_t begin = 0;
    for (const std::size_t end : ends_) {
      fields_.push_back(std::string_view(text_).substr(begin, end - begin));
      begin = end;
    }
    try {
      if (!failure_) row_(row_line_, fields_);
    } catch (...) {
      failure_ = std::current_exception();
    }
    text_.clear();
    ends_.clear();
  }

  static std::int64_t count_line_ends(std::string_view text) {
    std::int64_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
      count += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
    return count;
  }

  const CsvRow& row_;
  std::string text_;               // the row's fields, one after the other
  std::vector<std::size_t> ends_;  // of each in text_
  std::vector<std::string_view> fields_;
  std::int64_t line_ = 1, row_line_ = 1;
  bool after_cr_ = false;
  std::exception_ptr failure_;
};

class Parser {
 public:
  Parser(const std::filesystem::path& path, const CsvRow& row) : path_(path.string()), rows_(row) {
    csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL);
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });  // libcsv would strip blanks
  }
  ~Parser() { csv_free(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  void parse(std::string_view piece) {
    const std::string_view text = piece.substr(0, piece.find('\0'));
    const std::size_t done =
        csv_parse(&parser_, text.data(), text.size(), RowCollector::on_field, RowCollector::on_line_end, &rows_);
    rows_.rethrow();
    if (done != text.size()) fail_parse();
    if (csv_get_buffer_size(&parser_) > kLargestRow || rows_.row_size() > kLargestRow)
      fail("a row has more than 4 MiB; is a quote not closed?");
    if (text.size() < piece.size()) fail("there is a NUL byte, so this is not a CSV text in UTF-8; save it as UTF-8");
  }

  void finish() {
    const int failed = csv_fini(&parser_, RowCollector::on_field, RowCollector::on_line_end, &rows_);
    rows_.rethrow();
    if (failed != 0) fail("a quote is not closed; a quote inside a quoted field is written twice");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(path_ + ":" + std::to_string(rows_.row_line()) + ": " + what);
  }

 private:
  [[noreturn]] void fail_parse() {
    if (csv_error(&parser_) == CSV_EPARSE)
      fail("a quote stands where none can; quote the whole field and write a quote inside it twice");
    fail(std::string("cannot be parsed: ") + csv_strerror(csv_error(&parser_)));
  }

  const std::string path_;
  RowCollector rows_;
  csv_parser parser_;
};

bool is_formula(std::string_view text) {
  const std::size_t first = text.find_first_not_of('\'');
  return first != std::string_view::npos && std::strchr("=+-@\t\r", text[first]) != nullptr && text[first] != '\0';
}

}  // namespace

void read_csv(const std::filesystem::path& path, const CsvRow& row) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) throw Error(path.string() + ": is a folder; give a CSV file");
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(path.string() + ": cannot be read; does it exist, and may you read it?");
  Parser parser(path, row);
  std::vector<char> buffer(kPiece);
  for (bool first = true; file; first = false) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    std::string_view piece(buffer.data(), static_cast<std::size_t>(file.gcount()));
    if (first && looks_like_utf16(piece)) parser.fail("this is UTF-16; save it as UTF-8");
    parser.parse(first ? without_byte_order_mark(piece) : piece);
  }
  if (file.bad()) throw Error(path.string() + ": reading failed part of the way; is the disk in order?");
  parser.finish();
}

std::string csv_field(std::string_view text) {
  std::string field = is_formula(text) ? "'" : "";
  field += text;
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string_view csv_unescaped(std::string_view field) {
  return !field.empty() && field[0] == '\'' && is_formula(field) ? field.substr(1) : field;
}

}  // namespace miafr
