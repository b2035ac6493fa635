// What a photo's caption says, by the first rule that applies to it:
//
//   1. a file of its name that ends in .txt, in any case, beside it: the first line
//   2. a row of the set's CSV file, whose columns are file (below the set's folder) and caption
//   3. the set's template, with the label that a regular expression finds in the path below the set's folder
//   4. the set's template, with the label that its name begins with (the regularisation set's rule, as published)
//   5. the set's template, where it has no place for a label
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/errors.h"
#include "core/data/sidecars.h"

namespace miafr {

enum class CaptionRule { kSidecar, kCsv, kRegex, kName, kTemplate };

// "sidecar", "csv", "regex", "name", "template".
const char* name_of(CaptionRule rule);

struct Caption {
  std::string text;   // UTF-8, one line, no blanks at its ends, not empty
  std::string label;  // of rules 3 and 4
  CaptionRule rule = CaptionRule::kTemplate;
  std::string note;                 // what its author may not expect; "" for nothing
};

// The settings of one set. key: "data." and what comes before "caption" in their names, for messages: "data.reg_".
struct CaptionSettings {
  std::string key;
  std::string text;   // the template; {token}, {class} and {label} are places
  std::string regex;  // ICU's syntax, which is Perl's; the first group is the label, or all of it without one
  std::string csv;
  bool label_in_name = false;
};

// A photo without a usable caption; the text names neither the photo nor its folder.
class CaptionError : public Error {
 public:
  using Error::Error;
};

class CaptionRules {
 public:
  // folder: of the set. Throws Error for settings that are wrong by themselves: an unknown place, an expression that is
  // none or finds a label that the template has no place for, a damaged CSV or two captions for one file.
  CaptionRules(const std::filesystem::path& folder, const CaptionSettings& settings, const std::string& token,
               const std::string& class_word);
  ~CaptionRules();

  // file: below the folder. Throws CaptionError; Error for an expression that takes too long, as it would for others.
  Caption of(const std::filesystem::path& file) const;

  // The text file that holds its caption; empty where there is none.
  std::filesystem::path sidecar_of(const std::filesystem::path& file) const { return sidecars_.of(file); }

  // Rows of the CSV that are no file of `files`: "captions.csv:3: …", with the file that is likely meant.
  std::vector<std::string> rows_without_file(const std::vector<std::filesystem::path>& files) const;

 private:
  class Expression;
  struct Row {
    std::string caption;
    std::int64_t line;
  };

  void read_rows();
  std::string below(const std::filesystem::path& file) const;
  std::string filled(const std::string& label) const;

  const std::filesystem::path folder_;
  const CaptionSettings settings_;
  std::map<std::string, std::string> places_;
  bool has_label_ = false;
  std::unique_ptr<Expression> expression_;
  std::map<std::string, Row> rows_;  // by path below the folder
  mutable Sidecars sidecars_;
};

// The letters that a file name begins with, up to the first underscore, digit or dot: "youngadults" of
// "youngadults_0012.png". Blanks and hyphens at the ends are left out. Throws CaptionError for a name without letters
// there. (The published code takes what lies between the second underscore of the whole path and the next one, so that
// its labels depend on the names of the folders above; for the folder and the names that come with it, this is the
// same.)
std::string label_in_name(const std::filesystem::path& file);

}  // namespace miafr
