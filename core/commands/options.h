// One command's options, on Boost.Program_options, with errors that name the nearest option.
#pragma once

#include <boost/program_options.hpp>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "core/commands/command.h"

namespace miafr {

class Options {
 public:
  // usage: "plugins describe NAME…"; about: what the command does, in a sentence or two.
  Options(std::string usage, std::string about);

  boost::program_options::options_description_easy_init add() { return described_.add_options(); }

  // `other` may be written for `name`. What differs in - and _ only always means the same, and so do out and outdir.
  void alias(const std::string& other, const std::string& name);

  // Arguments without a name, in order; the last may take many. They are required unless optional.
  void positional(const std::string& name, int count = 1, bool optional = false);

  // Arguments no option takes are left in rest() instead of being errors: overrides of a config.
  void keep_rest() { keep_rest_ = true; }

  // False when --help was given and printed. Throws UsageError.
  bool parse(const Arguments& arguments);

  // Call this after parse(). It gives an option that was not given a value, as text of the command line. Throws
  // UsageError.
  void set_default(const std::string& name, const std::string& value);

  bool has(const std::string& name) const { return values_.count(name) > 0; }

  // The option as it was written, for messages: "--W".
  std::string spelled(const std::string& name) const;

  template <class T>
  const T& get(const std::string& name) const {
    return values_[name].as<T>();
  }
  std::vector<std::string> list(const std::string& name) const {
    return has(name) ? get<std::vector<std::string>>(name) : std::vector<std::string>{};
  }
  const Arguments& rest() const { return rest_; }

  void print_help(std::ostream& out) const;

 private:
  [[noreturn]] void refuse(const std::string& reason) const;
  std::string meant(const std::string& name) const;
  Arguments in_own_words(Arguments arguments);

  // What such a value must be, "--seed": ": a whole number of at most …"; "" for text.
  std::string needed(const std::string& option) const;
  void check_finite() const;

  std::string usage_, about_;
  boost::program_options::options_description described_;
  boost::program_options::options_description positional_;
  boost::program_options::positional_options_description order_;
  std::vector<std::string> required_;
  std::map<std::string, std::string> aliases_, spelled_;
  boost::program_options::variables_map values_;
  bool keep_rest_ = false;
  Arguments rest_;
};

// The options of GlobalOptions, bound to it.
boost::program_options::options_description describe(GlobalOptions& globals);

}  // namespace miafr
