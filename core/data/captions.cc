#include "core/data/captions.h"

#include <unicode/regex.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <string_view>

#include "core/base/shown.h"
#include "core/base/text_encoding.h"
#include "core/base/utf8.h"
#include "core/config/nearest.h"
#include "core/io/csv_table.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestSidecar = 64 << 10;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

// As a caption: checked, without blanks at the ends.
std::string checked(std::string_view raw, const std::string& what) {
  const std::string text = trimmed(raw);
  if (text.empty()) throw CaptionError(what + " is empty");
  if (!is_utf8(text)) throw CaptionError(what + " is not UTF-8");
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f)
      throw CaptionError(what + " holds the control character " + miafr::quoted(std::string(1, c)));
  return text;
}

void add_note(Caption& caption, const std::string& note) {
  if (!note.empty()) caption.note += (caption.note.empty() ? "" : "; ") + note;
}

// A caption that is written out is no template.
std::string place_note(const std::string& text) {
  for (const char* place : {"{token}", "{class}", "{label}"})
    if (text.find(place) != std::string::npos)
      return std::string(place) + " stays as it stands: places are filled in in data.caption and data.reg_caption only";
  return "";
}

Caption read_sidecar(const fs::path& sidecar) {
  const std::string what = "its caption " + shown(sidecar.filename().string());
  if (!fs::is_regular_file(sidecar)) throw CaptionError(what + " is no file");
  std::ifstream in(sidecar, std::ios::binary);
  std::string text(kLargestSidecar + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.eof() && in.fail()) throw CaptionError(what + " cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestSidecar) throw CaptionError(what + " is larger than 64 KiB");
  if (const std::string defect = encoding_defect(text); !defect.empty()) throw CaptionError(what + " " + defect);
  text = without_byte_order_mark(text);
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  Caption caption{checked(text.substr(0, end), what), "", CaptionRule::kSidecar, place_note(text.substr(0, end))};
  if (text.find_first_not_of(" \t\r\n", end) != std::string::npos)
    add_note(caption, "only the first line of its .txt counts");
  return caption;
}

// Calls place(name) for each {name} of a template and text(part) for what lies between.
template <class Place, class Text>
void walk(const std::string& text, const Place& place, const Text& part) {
  std::size_t begin = 0;
  for (std::size_t open = 0; (open = text.find('{', open)) != std::string::npos;) {
    const std::size_t close = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
    if (close == std::string::npos || text[close] != '}' || close == open + 1) {
      ++open;  // a brace
      continue;
    }
    part(text.substr(begin, open - begin));
    place(text.substr(open + 1, close - open - 1));
    begin = open = close + 1;
  }
  part(text.substr(begin));
}

}  // namespace

const char* name_of(CaptionRule rule) {
  constexpr const char* kNames[] = {"sidecar", "csv", "regex", "name", "template"};
  return kNames[static_cast<int>(rule)];
}

std::string label_in_name(const fs::path& file) {
  const std::string name = file.filename().string();
  if (!is_utf8(name)) throw CaptionError("its name is not UTF-8, so there is no label in it");
  const auto at_end = [](char c) { return is_blank(c) || c == '-'; };
  std::string label = name.substr(0, name.find_first_of("_.0123456789"));
  while (!label.empty() && at_end(label.back())) label.pop_back();
  label.erase(label.begin(), std::find_if_not(label.begin(), label.end(), at_end));
  const icu::UnicodeString letters = icu::UnicodeString::fromUTF8(label);
  for (int i = 0; i < letters.length(); i = letters.moveIndex32(i, 1))
    if (u_isalpha(letters.char32At(i))) return label;
  throw CaptionError("its name has no letters before the first underscore, digit or dot, so there is no label in it");
}

// ICU's, because it can be given a limit: std::regex runs for ever on some expressions and overflows the stack on
// others.
class CaptionRules::Expression {
 public:
  Expression(const std::string& key, const std::string& text) : key_(key) {
    UErrorCode status = U_ZERO_ERROR;
    UParseError where{};
    if (is_utf8(text)) pattern_.reset(icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(text), where, status));
    if (!pattern_ || U_FAILURE(status))
      throw Error(key + ": " + miafr::quoted(text) + " is no regular expression (" + u_errorName(status) +
                  " at character " + std::to_string(std::max(where.offset, 0)) + ")");
  }

  // "" where it does not match.
  std::string find(const std::string& path) const {
    constexpr int kLimit = 300;  // ICU's units, about a millisecond each
    UErrorCode status = U_ZERO_ERROR;
    const icu::UnicodeString text = icu::UnicodeString::fromUTF8(path);
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(text, status));
    if (U_SUCCESS(status)) matcher->setTimeLimit(kLimit, status);
    const bool found = U_SUCCESS(status) && matcher->find(status);
    std::string label;
    if (found) matcher->group(matcher->groupCount() > 0 ? 1 : 0, status).toUTF8String(label);
    if (U_FAILURE(status))
      throw Error(key_ + ": it takes too long on " + miafr::quoted(path) + " (" + u_errorName(status) +
                  "); repetitions within repetitions, as in (a+)+, do that");
    return trimmed(label);
  }

 private:
  const std::string key_;
  std::unique_ptr<icu::RegexPattern> pattern_;
};

CaptionRules::CaptionRules(const fs::path& folder, const CaptionSettings& settings, const std::string& token,
                           const std::string& class_word)
    : folder_(folder), settings_(settings), places_{{"token", token}, {"class", class_word}, {"label", ""}} {
  const auto check = [&](const std::string& place) {
    has_label_ |= place == "label";
    if (!places_.count(place))
      throw Error(settings.key + "caption: unknown place {" + shown(place) + "}" +
                  suggestion(place, {"token", "class", "label"}, "known"));
  };
  walk(settings.text, check, [](const std::string&) {});
  try {
    checked(settings.text, settings.key + "caption");
    if (settings.text.find("{token}") != std::string::npos) checked(token, "the token");
    if (settings.text.find("{class}") != std::string::npos) checked(class_word, "the class word");
  } catch (const CaptionError& e) {
    throw Error(e.what());
  }
  if (!settings.regex.empty()) {
    expression_ = std::make_unique<Expression>(settings.key + "caption_regex", settings.regex);
    if (!has_label_)
      throw Error(settings.key + "caption_regex: its label has no place {label} in " + settings.key + "caption " +
                  miafr::quoted(settings.text));
  }
  if (!settings.csv.empty()) read_rows();
}

CaptionRules::~CaptionRules() = default;

void CaptionRules::read_rows() {
  read_csv_table(settings_.csv, {"file", "caption"}, {}, [&](const CsvRecord& record) {
    std::string caption;
    try {
      caption = checked(record["caption"], "the caption");
    } catch (const CaptionError& e) {
      record.refuse(e.what());
    }
    const std::string file = below(folder_ / record["file"]);
    const auto [row, is_new] = rows_.emplace(file, Row{caption, record.line()});
    if (!is_new && row->second.caption != caption)
      record.refuse("another caption for " + miafr::quoted(file) + " than on line " + std::to_string(row->second.line));
  });
}

std::string CaptionRules::below(const fs::path& file) const {
  return file.lexically_normal().lexically_relative(folder_.lexically_normal()).generic_string();
}

std::string CaptionRules::filled(const std::string& label) const {
  std::string caption;
  walk(
      settings_.text, [&](const std::string& place) { caption += place == "label" ? label : places_.at(place); },
      [&](const std::string& part) { caption += part; });
  return checked(caption, "its caption");
}

Caption CaptionRules::of(const fs::path& file) const {
  const std::string path = below(file);
  const auto row = rows_.find(path);
  if (const fs::path sidecar = sidecar_of(file); !sidecar.empty()) {
    Caption caption = read_sidecar(sidecar);
    if (row != rows_.end()) add_note(caption, "its .txt goes before its row of " + settings_.key + "captions");
    return caption;
  }
  if (row != rows_.end()) return {row->second.caption, "", CaptionRule::kCsv, place_note(row->second.caption)};
  if (expression_ && is_utf8(path))
    if (const std::string label = expression_->find(path); !label.empty())
      return {filled(label), label, CaptionRule::kRegex, ""};
  const std::string unmatched = expression_ ? settings_.key + "caption_regex does not match" : "";
  if (!has_label_) return {filled(""), "", CaptionRule::kTemplate, ""};
  if (settings_.label_in_name) {
    const std::string label = label_in_name(file);
    return {filled(label), label, CaptionRule::kName, unmatched};
  }
  throw CaptionError(expression_ ? unmatched + ", and " + settings_.key + "caption needs a label"
                                 : settings_.key + "caption has the place {label}: give " + settings_.key +
                                       "caption_regex to find it in the name");
}

std::vector<std::string> CaptionRules::rows_without_file(const std::vector<fs::path>& files) const {
  constexpr std::size_t kLookedFor = 20;  // to look for a name costs all of them
  std::set<std::string> present;
  for (const fs::path& file : files) present.insert(below(file));
  const std::vector<std::string> names(present.begin(), present.end());
  std::vector<std::string> unused;
  for (const auto& [file, row] : rows_) {
    if (present.count(file)) continue;
    std::string slashes = file;
    std::replace(slashes.begin(), slashes.end(), '\\', '/');  // of Windows
    const std::string meant = unused.size() < kLookedFor ? nearest(slashes, names) : "";
    unused.push_back(shown(settings_.csv, 300) + ":" + std::to_string(row.line) + ": there is no image " +
                     miafr::quoted(file) + (meant.empty() ? "" : "; is " + miafr::quoted(meant) + " meant?"));
  }
  return unused;
}

}  // namespace miafr
