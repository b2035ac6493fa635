#include "core/config/scalar.h"

#include <charconv>
#include <cmath>
#include <limits>

namespace miafr {
namespace {

constexpr double kLargestExact = 9007199254740992;  // 2^53

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

// Of one of the three spellings that YAML 1.1 knows, in lower case; else "".
std::string one_case(const std::string& text) {
  const std::string small = lower(text);
  if (text == small) return small;
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  bool capital = !text.empty() && is_upper(text[0]), upper = capital;
  for (std::size_t i = 1; i < text.size(); ++i) {
    capital = capital && !is_upper(text[i]);
    upper = upper && is_upper(text[i]);
  }
  return capital || upper ? small : "";
}

// Without "+"; nothing when what follows the sign does not begin like a decimal number.
std::optional<std::string> decimal(const std::string& text) {
  const std::string number = !text.empty() && text[0] == '+' ? text.substr(1) : text;
  const std::size_t first = !number.empty() && number[0] == '-' && number.size() == text.size() ? 1 : 0;
  if (number.size() <= first || (!is_digit(number[first]) && number[first] != '.')) return std::nullopt;
  if (number[first] == '0' && number.size() > first + 1 && is_digit(number[first + 1])) return std::nullopt;
  return number;
}

}  // namespace

std::optional<double> parse_real(const std::string& text) {
  const std::string word = lower(text);
  const std::string unsigned_word = !word.empty() && (word[0] == '-' || word[0] == '+') ? word.substr(1) : word;
  for (const char* special : {".inf", "inf", "infinity", ".nan", "nan"})
    if (unsigned_word == special) return std::numeric_limits<double>::quiet_NaN();

  const auto number = decimal(text);
  if (!number) return std::nullopt;
  double value = 0;
  const char* end = number->data() + number->size();
  const auto [stopped, error] = std::from_chars(number->data(), end, value);
  if (stopped != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::numeric_limits<double>::infinity();
  return value;
}

std::optional<std::int64_t> parse_integer(const std::string& text) {
  const auto number = decimal(text);
  if (!number) return std::nullopt;
  std::int64_t integer = 0;
  const char* end = number->data() + number->size();
  const auto [stopped, error] = std::from_chars(number->data(), end, integer);
  if (stopped == end && error == std::errc()) return integer;

  const auto real = parse_real(text);
  if (!real || !(std::abs(*real) <= kLargestExact) || *real != std::floor(*real)) return std::nullopt;
  return static_cast<std::int64_t>(*real);
}

std::optional<bool> parse_flag(const std::string& text) {
  const std::string word = one_case(text);
  if (word == "true" || word == "yes" || word == "on") return true;
  if (word == "false" || word == "no" || word == "off") return false;
  return std::nullopt;
}

bool is_null_word(const std::string& text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

bool same_value(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto number_a = parse_real(a), number_b = parse_real(b);
  if (number_a && number_b) return *number_a == *number_b;
  const auto flag_a = parse_flag(a), flag_b = parse_flag(b);
  return flag_a && flag_b && *flag_a == *flag_b;
}

std::string format_number(double value) {
  char text[32];
  const bool integer = std::abs(value) < 1e15 && value == std::floor(value) && !(value == 0 && std::signbit(value));
  const auto end = integer ? std::to_chars(text, text + sizeof text, static_cast<std::int64_t>(value)).ptr
                           : std::to_chars(text, text + sizeof text, value).ptr;
  return std::string(text, end);
}

std::string format_real(double value) {
  std::string text = format_number(value);
  if (text.find('.') != std::string::npos) return text;
  const std::size_t exponent = text.find('e');
  return text.insert(exponent == std::string::npos ? text.size() : exponent, ".0");
}

}  // namespace miafr
