// What the tests of the config layer share.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/config/load_config.h"

namespace miafr_tests {

// The sentence of the ConfigError that call throws; "" when it throws none.
template <class Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const miafr::ConfigError& e) {
    return e.what();
  }
  return "";
}

// "run.yaml" with that text, changed by those arguments.
inline miafr::LoadedConfig load(const std::string& text, const std::vector<std::string>& arguments = {}) {
  return miafr::load_config_text(text, "run.yaml", miafr::parse_overrides(arguments));
}
inline std::string load_error(const std::string& text, const std::vector<std::string>& arguments = {}) {
  return error_of([&] { load(text, arguments); });
}

template <class Call>
double seconds(const Call& call) {
  const auto begin = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace miafr_tests
