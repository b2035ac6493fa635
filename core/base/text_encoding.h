// Texts as Windows writes them: UTF-8 with a byte order mark is read, UTF-16 is refused by its name. Header only.
#pragma once

#include <string>
#include <string_view>

#include "core/base/utf8.h"

namespace miafr {

inline std::string_view without_byte_order_mark(std::string_view text) {
  return text.substr(0, 3) == "\xEF\xBB\xBF" ? text.substr(3) : text;
}

// A text of Latin letters has a zero byte beside each of them in UTF-16, where it begins without a mark.
inline bool looks_like_utf16(std::string_view text) {
  const std::string_view mark = text.substr(0, 2);
  return mark == "\xFF\xFE" || mark == "\xFE\xFF" ||
         (text.size() >= 2 && (text[0] == '\0') != (text[1] == '\0') && text.find('\0', 2) != std::string_view::npos);
}

// Why the text is not UTF-8, after its name, and what to do: "is UTF-16; save it as UTF-8"; "" where it is.
inline std::string encoding_defect(std::string_view text) {
  if (looks_like_utf16(text)) return "is UTF-16; save it as UTF-8";
  return is_utf8(text) ? "" : "is not UTF-8; save it as UTF-8";
}

}  // namespace miafr
