#include "core/runtime/shown.h"

namespace miafr {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::string escaped(unsigned char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  return {'\\', 'x', kDigits[c >> 4], kDigits[c & 15]};
}

}  // namespace

std::string shown(const std::string& text, std::size_t longest) {
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned char c = text[i];
    const unsigned char next = i + 1 < text.size() ? text[i + 1] : 0;
    if (i >= longest && !continues_character(text[i])) return line + "...";
    if (c < 0x20 || c == 0x7f) {
      line += escaped(c);
    } else if (c == 0xc2 && next >= 0x80 && next < 0xa0) {  // U+0080..U+009F, which terminals obey as well
      line += escaped(next);
      ++i;
    } else {
      line += text[i];
    }
  }
  return line;
}

}  // namespace miafr
