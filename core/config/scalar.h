// Single values as text: the same in every locale, as YAML 1.1 users write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace miafr {

// Reads a decimal number: 1, -2.5, .5, 1e-6, +3, but neither hexadecimal nor 1_000 nor 010, which older YAML readers
// take for octal. The words .inf, inf, .nan and nan in any case, and what no double can hold, give infinity or NaN;
// everything else gives nothing.
std::optional<double> parse_real(const std::string& text);

// Takes 800.0 and 1e3, too: a real number that is an integer of at most 2^53 is one.
std::optional<std::int64_t> parse_integer(const std::string& text);

// Reads true, yes, on, false, no and off in lower case, Capitals or UPPER CASE.
std::optional<bool> parse_flag(const std::string& text);

// Whether YAML takes the text for "no value" when it is not quoted.
bool is_null_word(const std::string& text);

// Whether both are equal as texts, as numbers (1e-6 and 1.0e-06) or as flags (True and yes).
bool same_value(const std::string& a, const std::string& b);

// Shortest text that parses to the same double: "0.5", "1e-06", "1000".
std::string format_number(double value);

// The same as a real number of every YAML version: "0.5", "1.0e-06", "1000.0".
std::string format_real(double value);

}  // namespace miafr
