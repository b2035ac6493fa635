// The rows of a config's section as options of a command: one table says name, default, range and meaning for both.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "core/commands/options.h"
#include "core/config/plugin_params.h"
#include "core/config/section.h"

namespace miafr {

// The option that stands for a row, "init-img"; "" where it has none.
std::string option_of(const SettingRow& row);

// default_text: "" where help shows none.
void describe_setting(Options& options, const SettingRow& row, const std::string& default_text);

// What was given for a row that is no list. Nothing where it was not; throws UsageError for what does not fit.
std::optional<Params::Value> setting_given(const Options& options, const SettingRow& row);

// Defaults as help shows them.
std::string shown_default(const Params::Value& value);
std::string shown_default(const Words& words);

// Whether the row is among `names`; no names stand for all.
inline bool is_wanted(const SettingRow& row, const Words& names) {
  return names.empty() || std::find(names.begin(), names.end(), row.spec.name) != names.end();
}

// Options for the rows of S, or only for those in `names`. defaults: of this command.
template <class S>
void describe_settings(Options& options, S defaults = {}, const Words& names = {}) {
  const Params values = section<S>().values(defaults);
  for (const SettingRow& row : section<S>().rows()) {
    if (!is_wanted(row, names)) continue;
    const Words* list = section<S>().list(row.spec.name, defaults);
    if (!option_of(row).empty())
      describe_setting(options, row, list ? shown_default(*list) : shown_default(values.values().at(row.spec.name)));
  }
}

// Puts what the command line gave in place of what `target` has. Throws UsageError.
template <class S>
void apply_settings(const Options& options, S& target, const Words& names = {}) {
  Params values = section<S>().values(target);
  for (const SettingRow& row : section<S>().rows()) {
    const std::string name = option_of(row);
    if (!is_wanted(row, names) || name.empty() || !options.has(name)) continue;
    if (Words* list = section<S>().list(row.spec.name, target))
      *list = options.list(name);
    else
      values.set(row.spec.name, *setting_given(options, row));
  }
  section<S>().assign(values, target);
}

}  // namespace miafr
