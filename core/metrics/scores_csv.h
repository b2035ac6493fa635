// scores.csv: what a comparison run leaves, and what every figure can be recomputed from.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/metrics/score_table.h"

namespace miafr {

// The comparisons of one matcher; without a name where the file has no column for it.
struct MatcherScores {
  std::string matcher;
  ScoreTable table;
};

struct MatcherScoresCsv {
  std::vector<MatcherScores> matchers;       // in the order of their first row; empty for a file without rows
  std::vector<std::string> ignored_columns;  // in the file, but none of ours
};

// Columns, in any order, named in the first row:
//   label              genuine or impostor. Needed.
//   score              a decimal number with a point (1e-3, -0.25, +1.5, also nan and inf, which count as failures);
//                      empty where the status says that the comparison failed. Needed.
//   status             "ok", "failed", or "failed: REASON". A failed row's score is not looked at. Default ok.
//   subject_probe, subject_reference   persons; default: not named, then there is no interval over persons.
//   probe, reference   samples; group: age label, demographic group. Default empty.
//   method             what edited the probe; empty for a real picture. Default empty.
//   matcher            whose score it is. Default: one without a name.
//   seen               "yes" where the reference was among the pictures the method was trained on; default "no".
//   quality            of the pair, higher is better; default: not known.
// A text that begins with an apostrophe and what a spreadsheet would run (see csv.h) loses the apostrophe. Other
// columns are ignored and named in the result. The locale does not matter. The score kind is not in the file: who reads
// it knows the matcher, and `kind_of` is asked once for each. Throws Error "PATH:LINE: ..." for what read_csv refuses,
// a missing or doubled column, a row with another number of fields, an unknown label or status, what is not a number or
// beyond a double, and a label that contradicts the subjects.
MatcherScoresCsv read_matcher_scores_csv(const std::filesystem::path& path,
                                         const std::function<ScoreKind(const std::string& matcher)>& kind_of);

// The columns probe, reference, subject_probe, subject_reference, label, group, score, status; after them those of
// method, matcher, seen and quality that say anything; LF. Numbers are the shortest text that reads back as the same
// double, so that no score moves across a threshold. The file appears whole or not at all; Error where it cannot be
// written.
void write_matcher_scores_csv(const std::filesystem::path& path, const std::vector<const MatcherScores*>& matchers);

}  // namespace miafr
