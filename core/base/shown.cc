#include "core/base/shown.h"

#include "core/base/utf8.h"

namespace miafr {
namespace {

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
    const std::size_t length = utf8_character_length(text, i);
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
