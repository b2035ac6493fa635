// Text of a file inside a one-line message.
#pragma once

#include <string>
#include <string_view>

namespace miafr {

// 'text', cut after 80 bytes, control characters as '?': whatever a file says, the message stays one line.
inline std::string quoted(std::string_view text) {
  std::string result = "'";
  for (const char c : text.substr(0, 80)) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return result + (text.size() > 80 ? "...'" : "'");
}

}  // namespace miafr
