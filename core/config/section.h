// One section of a config: the ParamSpec table of a struct, with the member that each row fills.
//
// The struct's own initialisers are the defaults, so a default stands in one place. A row may also be an option of
// commands (core/commands/setting_options.h), and it may hold a list of words.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "core/plugin/params.h"

namespace miafr {

template <class S>
const S& defaults_of() {
  static const S kDefaults{};
  return kDefaults;
}

using Words = std::vector<std::string>;

template <class S>
struct Field {
  ParamSpec spec;
  std::variant<bool S::*, std::int64_t S::*, double S::*, std::string S::*, Words S::*> member;
  // How a command line spells it, "images|n_samples": the first is shown in help, the others mean the same. Of one
  // letter: after a single dash. Null: as its name.
  const char* spellings = nullptr;

  Field spelled(const char* names) const {
    Field other = *this;
    other.spellings = names;
    return other;
  }
};

// Rows of a table, one overload for each type.
template <class S>
Field<S> field(const char* name, bool S::*member, const char* doc) {
  return {flag_param(name, defaults_of<S>().*member, doc), member};
}
template <class S>
Field<S> field(const char* name, std::int64_t S::*member, const char* doc, double min, double max) {
  return {integer_param(name, defaults_of<S>().*member, doc, min, max), member};
}
template <class S>
Field<S> field(const char* name, double S::*member, const char* doc, double min, double max) {
  return {real_param(name, defaults_of<S>().*member, doc, min, max), member};
}
template <class S>
Field<S> field(const char* name, std::string S::*member, const char* doc) {
  return {text_param(name, (defaults_of<S>().*member).c_str(), doc), member};
}
template <class S>
Field<S> field(const char* name, std::string S::*member, const char* doc, const char* choices) {
  return {choice_param(name, (defaults_of<S>().*member).c_str(), doc, choices), member};
}
template <class S>
Field<S> plugin_field(const char* name, std::string S::*member, const char* doc, const char* kind) {
  return {plugin_param(name, (defaults_of<S>().*member).c_str(), doc, kind), member};
}
// A list of words; in a file also one alone, on a command line one at each mention of the option.
template <class S>
Field<S> field(const char* name, Words S::*member, const char* doc) {
  return {text_param(name, "", doc), member};
}

// A row without its member.
struct SettingRow {
  ParamSpec spec;
  bool is_list = false;  // of words; the default in spec is then "a, b"
  const char* spellings = nullptr;
};

template <class S>
class Section {
 public:
  Section(std::initializer_list<Field<S>> fields) {  // NOLINT: a list of rows is a section
    for (const Field<S>& row : fields) {
      const auto* list = std::get_if<Words S::*>(&row.member);
      rows_.push_back({row.spec, list != nullptr, row.spellings});
      if (list) {
        texts_.push_back(joined(defaults_of<S>().**list));
        rows_.back().spec.default_text = texts_.back().c_str();
        lists_.emplace_back(row.spec.name, *list);
      } else {
        specs_.push_back(row.spec);
        std::visit(
            [this](auto member) {
              if constexpr (!std::is_same_v<decltype(member), Words S::*>) members_.push_back(member);
            },
            row.member);
      }
      every_.push_back(rows_.back().spec);
    }
  }

  // Of single values. What is a list stands in rows() and lists() alone.
  ParamTable table() const { return {specs_.data(), specs_.size()}; }

  // With the lists, to be shown.
  ParamTable every_row() const { return {every_.data(), every_.size()}; }

  const std::vector<SettingRow>& rows() const { return rows_; }

  const std::vector<std::pair<std::string, Words S::*>>& lists() const { return lists_; }

  // The member of a list's row; null where there is no such list.
  Words* list(const std::string& name, S& section) const {
    for (const auto& [own, member] : lists_)
      if (own == name) return &(section.*member);
    return nullptr;
  }

  // params: complete, as resolve_params makes it of table().
  void assign(const Params& params, S& section) const {
    for (std::size_t i = 0; i < specs_.size(); ++i)
      std::visit([&](auto member) { set(section.*member, params, specs_[i].name); }, members_[i]);
  }

  Params values(const S& section) const {
    Params params;
    for (std::size_t i = 0; i < specs_.size(); ++i)
      std::visit([&](auto member) { params.set(specs_[i].name, section.*member); }, members_[i]);
    return params;
  }

 private:
  static std::string joined(const Words& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
  }

  static void set(bool& value, const Params& params, const char* name) { value = params.flag(name); }
  static void set(std::int64_t& value, const Params& params, const char* name) { value = params.integer(name); }
  static void set(double& value, const Params& params, const char* name) { value = params.real(name); }
  static void set(std::string& value, const Params& params, const char* name) { value = params.text(name); }

  std::vector<SettingRow> rows_;
  std::vector<ParamSpec> every_, specs_;
  std::list<std::string> texts_;  // defaults of lists
  std::vector<std::variant<bool S::*, std::int64_t S::*, double S::*, std::string S::*>> members_;
  std::vector<std::pair<std::string, Words S::*>> lists_;
};

// Each section's table, specialised beside the tables in run_config.cc.
template <class S>
const Section<S>& section();

}  // namespace miafr
