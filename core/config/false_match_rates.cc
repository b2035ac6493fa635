#include "core/config/false_match_rates.h"

#include <algorithm>

#include "core/config/config_error.h"
#include "core/config/scalar.h"

namespace miafr {
namespace {

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  return first == text.npos ? "" : text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

}  // namespace

std::vector<double> false_match_rates(const Words& words, const std::string& name) {
  std::vector<double> rates;
  for (const std::string& list : words)
    for (std::size_t begin = 0; begin <= list.size();) {
      const std::size_t end = std::min(list.find(',', begin), list.size());
      const std::string word = trimmed(list.substr(begin, end - begin));
      const auto rate = parse_real(word);
      if (!rate || !(*rate > 0 && *rate <= 1))
        throw ConfigError("", name + ": " + miafr::quoted(word) +
                                  " is not a rate; give ones over 0 and at most 1, such as 0.01,0.001");
      if (std::find(rates.begin(), rates.end(), *rate) == rates.end()) rates.push_back(*rate);
      begin = end + 1;
    }
  if (rates.empty()) throw ConfigError("", name + ": at least one rate is needed, such as 0.01");
  return rates;
}

}  // namespace miafr
