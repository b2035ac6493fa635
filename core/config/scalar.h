// Single values as text: the same in every locale, as YAML 1.1 users write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace miafr {

// Decimal: 1, -2.5, .5, 1e-6, +3. Not: hexadecimal, 1_000, and 010, which older YAML readers take for octal. Infinite
// or not a number for the words .inf, inf, .nan, nan in any case and for what no double holds; nothing for all else.
std::optional<double> parse_real(const std::string& text);

// Also 800.0 and 1e3: a real number that is an integer of at most 2^53 is one.
std::optional<std::int64_t> parse_integer(const std::string& text);

// true, yes, on, false, no, off in lower case, Capitals or UPPER CASE.
std::optional<bool> parse_flag(const std::string& text);

// What YAML takes for "no value" when it is not quoted.
bool is_null_word(const std::string& text);

// Equal as text, as numbers (1e-6 and 1.0e-06) or as flags (True and yes).
bool same_value(const std::string& a, const std::string& b);

// Shortest text that parses to the same double: "0.5", "1e-06", "1000".
std::string format_number(double value);

// The same as a real number of every YAML version: "0.5", "1.0e-06", "1000.0".
std::string format_real(double value);

}  // namespace miafr
