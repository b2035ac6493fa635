#include "core/report/page_formats.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <map>

#include "core/base/errors.h"
#include "core/report/text.h"

namespace miafr {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double number_of(const std::string& text) {
  double value = kNone;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t count_of(const PageValues& values, const std::string& name) {
  return static_cast<std::int64_t>(std::llround(values.number(name)));
}

Interval range_of(const PageValues& values, const std::string& name) {
  const std::vector<std::string> ends = values.list(name);
  return ends.size() == 2 ? Interval{number_of(ends[0]), number_of(ends[1])} : Interval{kNone, kNone};
}

// A rate as results.json has it: NAME is its value, and the counts and the interval stand beside it. A rate of success
// says how many were found instead of how many errors there were.
Rate rate_of(const PageValues& values, const std::string& name, const char* counted) {
  return {count_of(values, name + counted), count_of(values, name + "_trials")};
}

std::string commas(const PageValues& values, const std::string& name, const std::string&) {
  return values.text(name) ? with_commas(count_of(values, name)) : "n/a";
}

std::string plural(const PageValues& values, const std::string& name, const std::string& noun) {
  const std::int64_t count = count_of(values, name);
  return with_commas(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string joined(const PageValues& values, const std::string& name, const std::string&) {
  std::string text;
  for (const std::string& one : values.list(name)) text += (text.empty() ? "" : ", ") + one;
  return text;
}

// "+5 to +12"
std::string signed_range(const PageValues& values, const std::string& name, const std::string&) {
  const Interval interval = range_of(values, name);
  if (std::isnan(interval.low)) return "n/a";
  return signed_percent(interval.low) + " to " + signed_percent(interval.high);
}

// "4.68", with a dagger below 30 errors; "n/a" without trials.
std::string error_rate(const PageValues& values, const std::string& name, const std::string&) {
  if (!values.text(name)) return "n/a";
  const Rate rate = rate_of(values, name, "_errors");
  return percent(rate.value()) + (rate.indicative() ? "\u2020" : "");
}

// "8/171"
std::string fraction(const PageValues& values, const std::string& name, const char* counted) {
  const Rate rate = rate_of(values, name, counted);
  return with_commas(rate.errors) + "/" + with_commas(rate.trials);
}

// "2.40-9.02": over persons where there is one, else Wilson's.
std::string interval(const PageValues& values, const std::string& name, const char* counted) {
  std::optional<BootstrapInterval> persons;
  if (const std::string range = name + "_bootstrap95"; values.has(range) && !values.list(range).empty())
    persons = BootstrapInterval{range_of(values, range)};
  return percent_range(best_interval(rate_of(values, name, counted), persons));
}

using Format = std::function<std::string(const PageValues&, const std::string& name, const std::string& argument)>;

// Every format, with an example of what it makes.
const std::map<std::string, Format> kFormats = {
    {"percent", [](const auto& v, const auto& name, const auto&) { return percent(v.number(name)); }},        // 4.68
    {"target", [](const auto& v, const auto& name, const auto&) { return target_percent(v.number(name)); }},  // 0.1
    {"signed", [](const auto& v, const auto& name, const auto&) { return signed_percent(v.number(name)); }},  // +12
    {"significant",  // 0.6509, of "significant 4"
     [](const auto& v, const auto& name, const auto& digits) {
       return significant(v.number(name), std::stoi(digits));
     }},
    {"commas", commas},              // 12,345
    {"plural", plural},              // 12 persons, of "plural person"
    {"joined", joined},              // 0.1, 0.01
    {"signed_range", signed_range},  // +5 to +12
    {"percent_range",                // 2.40-9.02
     [](const auto& v, const auto& name, const auto&) { return percent_range(range_of(v, name)); }},
    {"error_rate", error_rate},
    {"errors", [](const auto& v, const auto& name, const auto&) { return fraction(v, name, "_errors"); }},
    {"found", [](const auto& v, const auto& name, const auto&) { return fraction(v, name, "_found"); }},
    {"interval", [](const auto& v, const auto& name, const auto&) { return interval(v, name, "_errors"); }},
    {"found_interval", [](const auto& v, const auto& name, const auto&) { return interval(v, name, "_found"); }},
};

}  // namespace

double PageValues::number(const std::string& name) const { return number_of(text(name).value_or("")); }

std::string formatted(const PageValues& values, const std::string& name, const std::string& format) {
  const std::size_t space = format.find(' ');
  const auto found = kFormats.find(format.substr(0, space));
  if (found == kFormats.end()) throw Error("a template says '" + name + " | " + format + "': there is no such format");
  return found->second(values, name, space == std::string::npos ? "" : format.substr(space + 1));
}

}  // namespace miafr
