// What is escaped in a message, and what is not.
#include "core/base/shown.h"

#include <gtest/gtest.h>

namespace miafr {
namespace {

TEST(Shown, TextStaysAsItIs) {
  for (const char* text : {"", "photo of a sks person", "'\"\\ {a} ~", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                           "\xc2\xa0 no-break space, the first after the C1 controls"})
    EXPECT_EQ(shown(text), text);
}

TEST(Shown, ControlCharactersAreEscaped) {
  EXPECT_EQ(shown("a\nb\r\tc"), "a\\x0ab\\x0d\\x09c");
  EXPECT_EQ(shown("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  EXPECT_EQ(shown(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(shown("\xc2\x80 \xc2\x9b \xc2\x9f"), "\\x80 \\x9b \\x9f");  // C1, which terminals obey as well
}

TEST(Shown, WhatIsNoUtf8IsEscapedByteByByte) {
  EXPECT_EQ(shown("caf\xe9!"), "caf\\xe9!");
  EXPECT_EQ(shown("\xe2\x82"), "\\xe2\\x82");
  EXPECT_EQ(shown("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(shown("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(shown("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond U+10FFFF
  EXPECT_EQ(shown("\xff\xc3\xa9"), "\\xff\xc3\xa9");             // what follows is text again
}

TEST(Shown, IsCutBetweenCharacters) {
  EXPECT_EQ(shown("abcd", 4), "abcd");
  EXPECT_EQ(shown("abcde", 4), "abcd...");
  EXPECT_EQ(shown("abc\xe2\x82\xac.", 4), "abc\xe2\x82\xac...");
  EXPECT_EQ(shown(std::string(100, 'x')), std::string(80, 'x') + "...");
}

TEST(Quoted, IsShownInQuotes) { EXPECT_EQ(quoted("a\nb"), "'a\\x0ab'"); }

}  // namespace
}  // namespace miafr
