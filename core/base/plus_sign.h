// std::from_chars takes no plus sign, which printf("%+.4f") writes and every other reader of numbers takes. Header
// only.
#pragma once

#include <string_view>

namespace miafr {

// "1.5" of "+1.5". What has two signs stays as it is, as it is no number.
inline std::string_view without_plus(std::string_view number) {
  const bool has_plus = number.size() > 1 && number[0] == '+' && number[1] != '-' && number[1] != '+';
  return has_plus ? number.substr(1) : number;
}

}  // namespace miafr
