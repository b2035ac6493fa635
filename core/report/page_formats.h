// The formats of numbers in templates of pages: {{fnmr | percent}}.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace miafr {

// What a template sees where it stands, by name.
class PageValues {
 public:
  virtual ~PageValues() = default;
  virtual bool has(const std::string& name) const = 0;
  virtual std::optional<std::string> text(const std::string& name) const = 0;  // nothing for null
  virtual std::vector<std::string> list(const std::string& name) const = 0;    // empty for null

  double number(const std::string& name) const;  // NaN for null
};

// `format` is a word and what follows it: "percent", "significant 4". Throws Error for one that there is not.
std::string formatted(const PageValues& values, const std::string& name, const std::string& format);

}  // namespace miafr
