#include "core/metrics/scores_csv.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>

#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/plus_sign.h"
#include "core/base/shown.h"
#include "core/io/atomic_file.h"
#include "core/io/csv.h"

namespace miafr {
namespace {

enum Column {
  kProbe,
  kReference,
  kSubjectProbe,
  kSubjectReference,
  kLabel,
  kGroup,
  kScore,
  kStatus,
  kMethod,
  kMatcher,
  kSeen,
  kQuality,
  kColumns
};
constexpr std::array<const char*, kColumns> kNames = {"probe",  "reference", "subject_probe", "subject_reference",
                                                      "label",  "group",     "score",         "status",
                                                      "method", "matcher",   "seen",          "quality"};
constexpr const char* kHeader = "probe,reference,subject_probe,subject_reference,label,group,score,status";
constexpr std::string_view kFailed = "failed", kFailedFor = "failed: ", kUnknownReason = "no reason given";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

double parse_number(const char* column, std::string_view text) {
  const std::string_view number = without_plus(text);
  const char* end = number.data() + number.size();
  double value = 0;
  const auto [stopped, error] = std::from_chars(number.data(), end, value);
  if (error == std::errc::result_out_of_range)
    throw Error(std::string(column) + ": " + quoted(text) +
                " is beyond what a double holds; give a number between 1e-307 and 1e308");
  if (error != std::errc() || stopped != end)
    throw Error(std::string(column) + ": " + quoted(text) +
                " is not a number; write it with a decimal point, as in 0.25");
  return value;
}

// The reason, or empty for "ok".
std::string_view parse_status(std::string_view text) {
  if (text == "ok") return "";
  if (text.substr(0, kFailed.size()) == kFailed && text.size() > kFailed.size() && text[kFailed.size()] == ':') {
    const std::string_view reason = trimmed(text.substr(kFailed.size() + 1));
    return reason.empty() ? kUnknownReason : reason;
  }
  if (text == kFailed) return kUnknownReason;
  throw Error("status: " + quoted(text) + "; allowed are ok, failed, and failed: REASON");
}

bool parse_label(std::string_view text) {
  if (text != "genuine" && text != "impostor")
    throw Error("label: " + quoted(text) + "; allowed are genuine and impostor");
  return text == "genuine";
}

double read_score(std::string_view text) {
  if (text.empty())
    throw Error(
        "score: is empty; a comparison that has none, such as NaN that pandas has written, needs failed or failed: "
        "REASON in the column status");
  return parse_number("score", text);
}

bool parse_seen(std::string_view text) {
  if (text != "yes" && text != "no" && !text.empty()) throw Error("seen: " + quoted(text) + "; allowed are yes and no");
  return text == "yes";
}

// Turns rows into comparisons; the first one says which column is what.
class ScoreRows {
 public:
  explicit ScoreRows(std::function<ScoreKind(const std::string&)> kind_of) : kind_of_(std::move(kind_of)) {}

  void add(const std::vector<std::string_view>& fields) {
    throw_if_interrupted();
    if (width_ == 0)
      read_header(fields);
    else
      read_row(fields);
  }

  bool has_header() const { return width_ > 0; }
  MatcherScoresCsv take() { return std::move(csv_); }

 private:
  void read_header(const std::vector<std::string_view>& fields) {
    width_ = fields.size();
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string_view name = trimmed(fields[i]);
      std::size_t column = 0;
      while (column < kColumns && name != kNames[column]) ++column;
      if (column == kColumns)
        csv_.ignored_columns.emplace_back(name);
      else if (position_[column])
        throw Error("column " + quoted(name) + " is there twice; remove one");
      else
        position_[column] = i;
    }
    for (const Column needed : {kLabel, kScore})
      if (!position_[needed])
        throw Error("no column " + quoted(kNames[needed]) + " in the first line, which is " + quoted(fields[0]) +
                    (width_ > 1 ? " and others" : "") + "; needed are label and score, separated by commas");
  }

  void read_row(const std::vector<std::string_view>& fields) {
    if (fields.size() != width_)
      throw Error(std::to_string(fields.size()) + " fields, but the first line names " + std::to_string(width_) +
                  "; give as many (a decimal comma makes one more)");
    const auto field = [&](Column column) {
      return position_[column] ? fields[*position_[column]] : std::string_view();
    };
    ScoredPair pair;
    pair.genuine = parse_label(trimmed(field(kLabel)));
    if (position_[kStatus]) pair.failure = parse_status(trimmed(csv_unescaped(field(kStatus))));
    if (pair.failure.empty()) pair.score = read_score(trimmed(field(kScore)));
    pair.subject_probe = csv_unescaped(field(kSubjectProbe));
    pair.subject_reference = csv_unescaped(field(kSubjectReference));
    pair.probe = csv_unescaped(field(kProbe));
    pair.reference = csv_unescaped(field(kReference));
    pair.group = csv_unescaped(field(kGroup));
    pair.method = csv_unescaped(field(kMethod));
    pair.reference_seen = parse_seen(trimmed(field(kSeen)));
    const std::string_view quality = trimmed(field(kQuality));
    if (!quality.empty()) pair.quality = parse_number("quality", quality);
    table_of(csv_unescaped(field(kMatcher))).add(pair);
  }

  // Rows of one matcher mostly follow each other.
  ScoreTable& table_of(std::string_view matcher) {
    if (last_ < csv_.matchers.size() && csv_.matchers[last_].matcher == matcher) return csv_.matchers[last_].table;
    for (last_ = 0; last_ < csv_.matchers.size(); ++last_)
      if (csv_.matchers[last_].matcher == matcher) return csv_.matchers[last_].table;
    const std::string name(matcher);
    csv_.matchers.push_back({name, ScoreTable(kind_of_(name))});
    return csv_.matchers.back().table;
  }

  const std::function<ScoreKind(const std::string&)> kind_of_;
  MatcherScoresCsv csv_;
  std::size_t last_ = 0;   // the matcher of the row before
  std::size_t width_ = 0;  // columns; 0 before the first row
  std::array<std::optional<std::size_t>, kColumns> position_;
};

// Which columns beside the eight are written.
struct MoreColumns {
  bool method = false, matcher = false, seen = false, quality = false;

  explicit MoreColumns(const std::vector<const MatcherScores*>& matchers) {
    for (const MatcherScores* one : matchers) {
      const ScoreTable& table = one->table;
      matcher = matcher || !one->matcher.empty();
      quality = quality || table.has_quality();
      for (std::size_t row = 0; row < table.size() && !(method && seen); ++row) {
        method = method || table.method(row) != 0;
        seen = seen || table.reference_seen(row);
      }
    }
  }
};

void append_number(std::string& out, double value) {
  char number[32];
  out.append(number, std::to_chars(number, number + sizeof number, value).ptr);
}

void append_row(std::string& out, const ScoredPair& pair, const std::string& matcher, const MoreColumns& more) {
  for (const std::string_view name : {pair.probe, pair.reference, pair.subject_probe, pair.subject_reference}) {
    out += csv_field(name);
    out += ',';
  }
  out += pair.genuine ? "genuine," : "impostor,";
  out += csv_field(pair.group);
  out += ',';
  if (pair.failure.empty()) {
    append_number(out, pair.score);
    out += ",ok";
  } else {
    out += ',';
    out += csv_field(std::string(kFailedFor) + std::string(pair.failure));
  }
  if (more.method) out += ',' + csv_field(pair.method);
  if (more.matcher) out += ',' + csv_field(matcher);
  if (more.seen) out += pair.reference_seen ? ",yes" : ",no";
  if (more.quality) out += ',';
  if (more.quality && !std::isnan(pair.quality)) append_number(out, pair.quality);
  out += '\n';
}

}  // namespace

MatcherScoresCsv read_matcher_scores_csv(const std::filesystem::path& path,
                                         const std::function<ScoreKind(const std::string&)>& kind_of) {
  ScoreRows rows(kind_of);
  read_csv(path, [&](std::int64_t line, const std::vector<std::string_view>& fields) {
    try {
      rows.add(fields);
    } catch (const Error& error) {
      throw Error(path.string() + ":" + std::to_string(line) + ": " + error.what());
    }
  });
  if (!rows.has_header())
    throw Error(path.string() + ": is empty; the first line has to name the columns, label and score at least");
  return rows.take();
}

void write_matcher_scores_csv(const std::filesystem::path& path, const std::vector<const MatcherScores*>& matchers) {
  constexpr std::size_t kPiece = 1 << 20, kTypicalRow = 80;
  std::size_t rows = 0;
  for (const MatcherScores* one : matchers) rows += one->table.size();
  const MoreColumns more(matchers);
  AtomicFile file(path, rows * kTypicalRow);
  std::string text = kHeader;
  text += std::string(more.method ? ",method" : "") + (more.matcher ? ",matcher" : "") + (more.seen ? ",seen" : "") +
          (more.quality ? ",quality" : "") + '\n';
  for (const MatcherScores* one : matchers)
    for (std::size_t row = 0; row < one->table.size(); ++row) {
      append_row(text, one->table[row], one->matcher, more);
      if (text.size() < kPiece) continue;
      throw_if_interrupted();
      file.write(text);
      text.clear();
    }
  file.write(text);
  file.commit();
}

}  // namespace miafr
