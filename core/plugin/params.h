// Parameters of a plugin: one table feeds defaults, validation, `miafr plugins describe` and the documentation.
//
//   constexpr miafr::ParamSpec kParams[] = {
//       miafr::real_param("temperature", 0.5, "softmax temperature", 1e-3, 10),
//       miafr::choice_param("distance", "cosine", "how embeddings are compared", "cosine|l1|triplet"),
//   };
//
// The host reads values from a config or the command line, checks them against the table and hands the plugin a
// complete Params: every declared name is there, has the declared type and lies in its range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace miafr {

enum class ParamType : std::uint32_t { kFlag, kInteger, kReal, kText, kChoice, kPlugin };

// One parameter. Plain data; text members point to string literals. Build it with the functions below.
struct ParamSpec {
  const char* name;  // snake_case, the key in a config
  ParamType type;
  double default_number;     // kFlag (0 or 1), kInteger, kReal
  const char* default_text;  // kText, kChoice, kPlugin; else null
  const char* doc;           // one line, with unit and source where there is one
  double min, max;           // allowed range of kInteger and kReal, both ends included
  const char* choices;       // kChoice: allowed words, "a|b|c"; kPlugin: a kind of plugin, "face_matcher"; else null
};

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

constexpr ParamSpec flag_param(const char* name, bool value, const char* doc) {
  return {name, ParamType::kFlag, value ? 1.0 : 0.0, nullptr, doc, 0, 1, nullptr};
}
// Integers travel as double in the table: exact up to 2^53.
constexpr ParamSpec integer_param(const char* name, std::int64_t value, const char* doc, double min = -kNoLimit,
                                  double max = kNoLimit) {
  return {name, ParamType::kInteger, static_cast<double>(value), nullptr, doc, min, max, nullptr};
}
constexpr ParamSpec real_param(const char* name, double value, const char* doc, double min = -kNoLimit,
                               double max = kNoLimit) {
  return {name, ParamType::kReal, value, nullptr, doc, min, max, nullptr};
}
constexpr ParamSpec text_param(const char* name, const char* value, const char* doc) {
  return {name, ParamType::kText, 0, value, doc, 0, 0, nullptr};
}
constexpr ParamSpec choice_param(const char* name, const char* value, const char* doc, const char* choices) {
  return {name, ParamType::kChoice, 0, value, doc, 0, 0, choices};
}

// The name of another plugin, which this one asks the host for; read with Params::text.
constexpr ParamSpec plugin_param(const char* name, const char* value, const char* doc, const char* kind) {
  return {name, ParamType::kPlugin, 0, value, doc, 0, 0, kind};
}

// A view of a static table of parameters.
struct ParamTable {
  const ParamSpec* specs = nullptr;
  std::size_t size = 0;

  constexpr ParamTable() = default;
  constexpr ParamTable(const ParamSpec* first, std::size_t count) : specs(first), size(count) {}
  template <std::size_t N>
  constexpr ParamTable(const ParamSpec (&table)[N]) : specs(table), size(N) {}  // NOLINT: an array is a table

  constexpr const ParamSpec* begin() const { return specs; }
  constexpr const ParamSpec* end() const { return specs + size; }
};
inline constexpr ParamTable kNoParams{};

// The values of one plugin instance. Asking for a name or type that the table does not declare is a mistake in the
// plugin and throws std::logic_error, which the host reports with the plugin's name.
class Params {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string>;

  bool flag(const std::string& name) const { return get<bool>(name, "flag"); }
  std::int64_t integer(const std::string& name) const { return get<std::int64_t>(name, "integer"); }
  double real(const std::string& name) const { return get<double>(name, "real number"); }
  const std::string& text(const std::string& name) const { return get<std::string>(name, "text"); }

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }
  const std::map<std::string, Value>& values() const { return values_; }

 private:
  template <class T>
  const T& get(const std::string& name, const char* type) const {
    const auto found = values_.find(name);
    if (found == values_.end())
      throw std::logic_error("parameter '" + name + "' is read but not declared in the plugin's table");
    if (const T* value = std::get_if<T>(&found->second)) return *value;
    throw std::logic_error("parameter '" + name + "' is read as " + type + " but declared as another type");
  }

  std::map<std::string, Value> values_;
};

}  // namespace miafr
