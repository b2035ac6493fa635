#include "core/base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace miafr {
namespace {

TEST(Utf8, KnowsGoodFromBad) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("abc \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"));
  EXPECT_TRUE(is_utf8(std::string("a\0b", 3)));
  for (const char* bytes :
       {"\xff", "\xc3", "\xc3(", "\xe2\x82", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\x80",
        "\xf0\x8f\xbf\xbf", "\xf0\x9f\x98", "\xf5\x80\x80\x80", "a\xed\xbf\xbf", "\xe2\x82\xac\xac"})
    EXPECT_FALSE(is_utf8(bytes)) << testing::PrintToString(bytes);
}

// Encoded by the table of RFC 3629, and nothing else of that many bytes is a character.
TEST(Utf8, EveryCharacterHasItsLength) {
  int found = 0;
  for (char32_t c = 0; c < 0x110000; ++c) {
    std::string text;
    const auto more = [&](int shift) { text += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xc0 | c >> 6), more(0);
    } else if (c < 0x10000) {
      text += static_cast<char>(0xe0 | c >> 12), more(6), more(0);
    } else {
      text += static_cast<char>(0xf0 | c >> 18), more(12), more(6), more(0);
    }
    const bool surrogate = c >= 0xd800 && c < 0xe000;
    ASSERT_EQ(utf8_character_length(text + "z", 0), surrogate ? 0 : text.size()) << std::hex << static_cast<int>(c);
    ASSERT_EQ(utf8_character_length("z" + text, 1), surrogate ? 0 : text.size()) << std::hex << static_cast<int>(c);
  }
  for (int word = 0; word < 0x1000000; ++word) {
    const char bytes[] = {static_cast<char>(word >> 16), static_cast<char>(word >> 8), static_cast<char>(word)};
    found += utf8_character_length({bytes, 3}, 0) == 3;
  }
  EXPECT_EQ(found, 0x10000 - 0x800 - 0x800);  // those of three bytes, without surrogates
}

}  // namespace
}  // namespace miafr
