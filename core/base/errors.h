// The two ways in which a command ends without its result. Either is one line for the user.
#pragma once

#include <stdexcept>

namespace miafr {

// Something is wrong with a file, a plugin, the machine: exit code 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Something is wrong with the command line: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A plugin is refused, or failed while it was called; the text begins with which.
class PluginError : public Error {
 public:
  using Error::Error;
};

}  // namespace miafr
