#include "core/runtime/shown.h"

namespace miafr {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// Bytes of the UTF-8 character at text[i], 0 where there is none: a stray or overlong byte, a surrogate, a cut end.
std::size_t character_length(const std::string& text, std::size_t i) {
  const unsigned char first = text[i], second = i + 1 < text.size() ? text[i + 1] : 0;
  std::size_t length = 1;
  if (first >= 0x80) length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if ((first >= 0x80 && first < 0xc2) || first > 0xf4 || i + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k)
    if (!continues_character(text[i + k])) return 0;
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool no_character = (first == 0xed && second >= 0xa0) || (first == 0xf4 && second >= 0x90);
  return overlong || no_character ? 0 : length;
}

std::string escaped(unsigned char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
}

}  // namespace

std::string shown(const std::string& text, std::size_t longest) {
  std::string line;
  for (std::size_t i = 0; i < text.size();) {
    if (i >= longest) return line + "...";
    const unsigned char c = text[i];
    const std::size_t length = character_length(text, i);
    if (length == 0 || c < 0x20 || c == 0x7f) {
      line += escaped(c);
      ++i;
      continue;
    }
    if (length == 2 && c == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0)
      line += escaped(text[i + 1]);  // U+0080..U+009F, which terminals obey as well
    else
      line.append(text, i, length);
    i += length;
  }
  return line;
}

}  // namespace miafr
