#include "core/config/plugin_params.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>

#include "core/config/nearest.h"
#include "core/config/plugin_choice.h"
#include "core/config/scalar.h"

namespace miafr {
namespace {

constexpr double kLargestInteger = 9223372036854775807;  // of 64 bits, rounded up to 2^63

bool in_range(const ParamSpec& spec, double value) { return value >= spec.min && value <= spec.max; }

std::string parent_path(const std::string& path) { return path.substr(0, path.rfind('.')); }

const ParamSpec* find_spec(const ParamTable& table, const std::string& name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const ParamSpec& spec) { return name == spec.name; });
  return found == table.end() ? nullptr : found;
}

[[noreturn]] void unknown_key(const ParamTable& table, const RawParam& param, const std::string& what) {
  std::vector<std::string> known;
  for (const ParamSpec& spec : table) known.push_back(spec.name);
  const std::string owner = param.path.empty() ? what : parent_path(param.path);
  throw ConfigError(param.origin,
                    owner + ": unknown key '" + shown(param.key) + "'" + suggestion(param.key, known, "known"));
}

}  // namespace

std::vector<std::string> split_choices(const char* choices) {
  std::vector<std::string> words;
  std::istringstream stream(choices ? choices : "");
  for (std::string word; std::getline(stream, word, '|');) words.push_back(word);
  return words;
}

std::string default_text(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kFlag:
      return spec.default_number != 0 ? "true" : "false";
    case ParamType::kInteger:
      return format_number(spec.default_number);
    case ParamType::kReal:
      return format_real(spec.default_number);
    default:
      return spec.default_text ? spec.default_text : "";
  }
}

std::string allowed_values(const ParamSpec& spec) {
  if (spec.type == ParamType::kFlag) return "true, false";
  if (spec.type == ParamType::kChoice) return comma_separated(split_choices(spec.choices));
  if (spec.type == ParamType::kText) return "";
  if (spec.type == ParamType::kPlugin) return std::string("a ") + (spec.choices ? spec.choices : "plugin");
  const bool low = std::isfinite(spec.min), high = std::isfinite(spec.max);
  if (low && high) return format_number(spec.min) + ".." + format_number(spec.max);
  if (low) return format_number(spec.min) + " or more";
  return high ? format_number(spec.max) + " or less" : "";
}

Params::Value parse_value(const ParamSpec& spec, const std::string& text, const std::string& path,
                          const std::string& origin) {
  const auto refuse = [&](const std::string& reason) {
    return ConfigError(origin, path + " = " + shown(text) + reason);
  };
  switch (spec.type) {
    case ParamType::kFlag: {
      const auto flag = parse_flag(text);
      if (!flag) throw refuse(", true or false is needed");
      return *flag;
    }
    case ParamType::kInteger: {
      const auto integer = parse_integer(text);
      if (!integer && std::abs(parse_real(text).value_or(0)) >= kLargestInteger)
        throw refuse(", an integer of at most " + std::to_string(std::numeric_limits<std::int64_t>::max()) +
                     " is needed");
      if (!integer) throw refuse(", an integer is needed");
      if (!in_range(spec, static_cast<double>(*integer))) throw refuse(", allowed " + allowed_values(spec));
      return *integer;
    }
    case ParamType::kReal: {
      const auto real = parse_real(text);
      if (!real) throw refuse(", a number is needed");
      if (!std::isfinite(*real)) throw refuse(", a finite number is needed");
      if (!in_range(spec, *real)) throw refuse(", allowed " + allowed_values(spec));
      return *real;
    }
    case ParamType::kChoice: {
      const auto choices = split_choices(spec.choices);
      if (std::find(choices.begin(), choices.end(), text) == choices.end())
        throw refuse(suggestion(text, choices, "allowed"));
      return text;
    }
    case ParamType::kPlugin:  // whether such a plugin is installed is the registry's to say
      if (!text.empty()) parse_plugin_choice(text, path, origin);
      return text;
    case ParamType::kText:
      return text;
  }
  throw refuse(", its table names no type that this program knows");
}

Params resolve_params(const ParamTable& table, const RawParams& raw, const std::string& what) {
  Params params;
  for (const ParamSpec& spec : table)
    params.set(spec.name, parse_value(spec, default_text(spec), what + ": default of " + spec.name, ""));
  return change_params(std::move(params), table, raw, what);
}

Params change_params(Params params, const ParamTable& table, const RawParams& raw, const std::string& what) {
  for (const RawParam& param : raw) {
    const ParamSpec* spec = find_spec(table, param.key);
    if (!spec) unknown_key(table, param, what);
    const std::string path = param.path.empty() ? what + "." + param.key : param.path;
    if (param.was_map && spec->type != ParamType::kPlugin)
      throw ConfigError(param.origin, path + ": a single value is needed, a map is given");
    params.set(param.key, parse_value(*spec, param.text, path, param.origin));
  }
  return params;
}

}  // namespace miafr
