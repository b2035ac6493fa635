// What is UTF-8, by ICU: no stray, overlong or missing byte, no surrogate, nothing beyond U+10FFFF. Header only.
#pragma once

#include <unicode/utf8.h>

#include <cstddef>
#include <string_view>

namespace miafr {

// The number of bytes of the character that begins at text[i], i < text.size(); 0 where none does.
inline std::size_t utf8_character_length(std::string_view text, std::size_t i) {
  std::size_t end = i;
  UChar32 character = 0;
  U8_NEXT(text, end, text.size(), character);
  return character < 0 ? 0 : end - i;
}

inline bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_character_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace miafr
