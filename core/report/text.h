// Numbers and names as the report prints them, whatever the locale.
#pragma once

#include <string>
#include <string_view>

#include "core/evaluation/evaluation.h"

namespace miafr {

// The shortest decimal text that reads back as the same double, without an exponent: 0.0001. "" for NaN; "inf", "-inf".
std::string shortest(double value);

// The number with that many significant digits, without an exponent: 0.6508681 -> 0.6509. "n/a" for NaN; "inf", "-inf".
std::string significant(double value, int digits);

// A rate as a percentage with three significant digits, without the sign: 0.0468 -> "4.68", 0 -> "0". "n/a" for NaN.
std::string percent(double rate);

// A target, without needless zeros: 0.1 -> "10", 0.001 -> "0.1".
std::string target_percent(double rate);

// "2.40-9.02", in percent and with an en dash. "n/a" where there is none.
std::string percent_range(const Interval& interval);

// "-44" or "+12" percent, in whole percents from 10 on; "n/a" for NaN, "+inf".
std::string signed_percent(double change);

// 12345 -> "12,345".
std::string with_commas(std::int64_t count);

// Escapes text and attribute values: & < > " ', and, as shown() does, control characters and what is no UTF-8.
std::string escape_html(std::string_view text);

// Escapes text for LaTeX's text mode.
std::string escape_tex(std::string_view text);

// The names as they are shown: "original" for real pictures, "all" for all groups, "matcher" where a file names none.
std::string method_text(const std::string& method);
std::string group_text(const CellResult& cell);  // also "all, reference seen in training"
std::string matcher_text(const MatcherFacts& facts);

// The interval to print of a rate: over subjects where there is one, else Wilson's.
Interval best_interval(const Rate& rate, const std::optional<BootstrapInterval>& subjects);

// The position of the headline target in points.
std::size_t headline_index(const Evaluation& evaluation);

// Whether probes were searched in a gallery.
bool has_identification(const Evaluation& evaluation);

// The rules that the numbers follow, a sentence or two each.
std::vector<std::string> rules(const Evaluation& evaluation);

}  // namespace miafr
