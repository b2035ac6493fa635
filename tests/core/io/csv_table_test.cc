// Rows by the names of their columns, and what is wrong with a table in one line.
#include "core/io/csv_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "core/base/errors.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Table {
 public:
  explicit Table(const std::string& text) : file_(miafr_tests::temporary_folder() / "table.csv") {
    std::ofstream(file_) << text;
  }

  // "LINE name|age|note" of each row; name and age are required.
  std::vector<std::string> rows() const {
    std::vector<std::string> rows;
    read_csv_table(file_, {"name", "age"}, {"note"}, [&](const CsvRecord& row) {
      rows.push_back(std::to_string(row.line()) + " " + row["name"] + "|" + row["age"] + "|" + row["note"]);
    });
    return rows;
  }

  // What comes after the file's path.
  std::string refusal() const {
    try {
      rows();
    } catch (const Error& error) {
      const std::string what = error.what();
      EXPECT_EQ(what.rfind(file_.string(), 0), 0U) << what;
      return what.substr(file_.string().size());
    }
    return "";
  }

  const std::filesystem::path& file() const { return file_; }

 private:
  const std::filesystem::path file_;
};

TEST(CsvTable, RowsGoByTheNamesOfTheirColumns) {
  EXPECT_THAT(Table("name,age\nanna,30\notto,\n").rows(), ElementsAre("2 anna|30|", "3 otto||"));
  EXPECT_THAT(Table("\xef\xbb\xbf"
                    "note,colour,age,name\r\n\r\n\"a, b\",red,30,'=x\r\n")
                  .rows(),
              ElementsAre("3 =x|30|a, b"));
  EXPECT_THAT(Table("age,name,note\n30,anna\n").rows(), ElementsAre("2 anna|30|"));  // ends before an optional one
  EXPECT_THAT(Table("name,age\n").rows(), ElementsAre());
  EXPECT_THAT(Table("colour,colour,name,age\nred,blue,anna,30\n").rows(), ElementsAre("2 anna|30|"));
}

TEST(CsvTable, WhatIsWrongIsNamed) {
  EXPECT_EQ(Table("name,years\n").refusal(), ":1: there is no column 'age'; the columns are: name, years");
  EXPECT_EQ(Table("\nage;name\n").refusal(), ":2: there is no column 'name'; the columns are: age;name");
  EXPECT_EQ(Table("name,\x1b[2J\n").refusal(), ":1: there is no column 'age'; the columns are: name, \\x1b[2J");
  EXPECT_EQ(Table("").refusal(), ":1: it is empty; the first line has to name the columns name, age");
  EXPECT_EQ(Table("name,age,name\n").refusal(), ":1: the column 'name' is there twice");
  EXPECT_EQ(Table("note,name,age,note\n").refusal(), ":1: the column 'note' is there twice");
  EXPECT_EQ(Table("name,age\nanna,30\notto\n").refusal(), ":3: the row ends before its column 'age'");
  EXPECT_THAT(Table("name,age\n\"anna,30\n").refusal(), HasSubstr(":2: a quote is not closed"));
  EXPECT_LT(Table("x" + std::string(5000, 'x') + "\n").refusal().size(), 300U);
}

TEST(CsvTable, ARowCanBeRefused) {
  const Table table("name,age\nanna,30\n,31\n");
  const auto read = [&] {
    read_csv_table(table.file(), {"name"}, {}, [](const CsvRecord& row) { row.not_empty("name"); });
  };
  EXPECT_THAT(read, testing::ThrowsMessage<Error>(table.file().string() + ":3: there is no name"));
  const auto unknown = [&] { read_csv_table(table.file(), {"name"}, {}, [](const CsvRecord& row) { row["age"]; }); };
  EXPECT_THROW(unknown(), std::logic_error);
}

}  // namespace
}  // namespace miafr
