// One section of a config: the ParamSpec table of a struct, with the member that each row fills.
//
// The struct's own initialisers are the defaults, so a default stands in one place.
#pragma once

#include <cstdint>
#include <string>
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

template <class S>
struct Field {
  ParamSpec spec;
  std::variant<bool S::*, std::int64_t S::*, double S::*, std::string S::*> member;
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

template <class S>
class Section {
 public:
  Section(std::initializer_list<Field<S>> fields) {  // NOLINT: a list of rows is a section
    for (const Field<S>& row : fields) {
      specs_.push_back(row.spec);
      members_.push_back(row.member);
    }
  }

  ParamTable table() const { return {specs_.data(), specs_.size()}; }

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
  static void set(bool& value, const Params& params, const char* name) { value = params.flag(name); }
  static void set(std::int64_t& value, const Params& params, const char* name) { value = params.integer(name); }
  static void set(double& value, const Params& params, const char* name) { value = params.real(name); }
  static void set(std::string& value, const Params& params, const char* name) { value = params.text(name); }

  std::vector<ParamSpec> specs_;
  std::vector<decltype(Field<S>::member)> members_;
};

// Each section's table, specialised beside the tables in run_config.cc.
template <class S>
const Section<S>& section();

}  // namespace miafr
