// Text from a file or a command line inside a one-line message.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace miafr {

// The text with control characters and bytes that are no UTF-8 escaped, as \x0a; what is longer (in bytes) is cut,
// between characters.
std::string shown(const std::string& text, std::size_t longest = 80);

inline std::string quoted(std::string_view text) { return "'" + shown(std::string(text)) + "'"; }

}  // namespace miafr
