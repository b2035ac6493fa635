#include "core/commands/setting_options.h"

#include "core/base/errors.h"
#include "core/config/scalar.h"

namespace miafr {
namespace {

namespace po = boost::program_options;

Words spellings_of(const SettingRow& row) {
  return row.spellings ? split_choices(row.spellings) : Words{row.spec.name};
}

const char* value_name(const ParamSpec& spec) {
  switch (spec.type) {
    case ParamType::kInteger:
      return "N";
    case ParamType::kReal:
      return "X";
    case ParamType::kPlugin:
      return "NAME";
    default:
      return "TEXT";
  }
}

po::value_semantic* semantic_of(const SettingRow& row) {
  if (row.is_list) return po::value<Words>()->value_name(value_name(row.spec))->composing();
  if (row.spec.type == ParamType::kFlag) return po::value<std::string>()->implicit_value("true", "")->value_name(" ");
  const std::string name = row.spec.type == ParamType::kChoice ? row.spec.choices : value_name(row.spec);
  return po::value<std::string>()->value_name(name);
}

}  // namespace

std::string shown_default(const Params::Value& value) {
  struct Text {
    std::string operator()(bool flag) const { return flag ? "true" : ""; }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(double number) const { return format_number(number); }
    std::string operator()(const std::string& text) const { return text; }
  };
  return std::visit(Text(), value);
}

std::string shown_default(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ",") + word;
  return text;
}

std::string option_of(const SettingRow& row) {
  const Words spellings = spellings_of(row);
  return spellings.empty() ? "" : spellings.front();
}

void describe_setting(Options& options, const SettingRow& row, const std::string& default_text) {
  const Words spellings = spellings_of(row);
  std::string name = spellings.front(), notes = default_text.empty() ? "" : "default: " + default_text, also;
  for (auto other = spellings.begin() + 1; other != spellings.end(); ++other)
    if (other->size() == 1)
      name += "," + *other;
    else
      also += " --" + *other;
  if (!also.empty()) notes += (notes.empty() ? "" : "; ") + ("also" + also);
  options.add()(name.c_str(), semantic_of(row), (row.spec.doc + (notes.empty() ? "" : " (" + notes + ")")).c_str());
  for (const std::string& other : spellings) options.alias(other, spellings.front());
}

std::optional<Params::Value> setting_given(const Options& options, const SettingRow& row) {
  const std::string name = option_of(row);
  if (!options.has(name)) return std::nullopt;
  try {
    return parse_value(row.spec, options.get<std::string>(name), options.spelled(name), "");
  } catch (const ConfigError& e) {
    throw UsageError(e.what());
  }
}

}  // namespace miafr
