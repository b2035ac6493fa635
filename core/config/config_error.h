// What every mistake in a config becomes: one line for the user.
#pragma once

#include <stdexcept>
#include <string>

#include "core/base/shown.h"

namespace miafr {

// what() is "<where>: <what is wrong>", without line breaks. <where> is file:line or the argument of the command line.
class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ConfigError(const std::string& origin, const std::string& what)
      : std::runtime_error(origin.empty() ? what : origin + ": " + what) {}
};

}  // namespace miafr
