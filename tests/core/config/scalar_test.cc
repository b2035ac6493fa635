#include "core/config/scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace miafr {
namespace {

TEST(ParseReal, TakesDecimalNumbers) {
  EXPECT_EQ(parse_real("0.5"), 0.5);
  EXPECT_EQ(parse_real("1.0e-06"), 1e-6);
  EXPECT_EQ(parse_real("1e-6"), 1e-6);
  EXPECT_EQ(parse_real("1E3"), 1000);
  EXPECT_EQ(parse_real(".5"), 0.5);
  EXPECT_EQ(parse_real("5."), 5);
  EXPECT_EQ(parse_real("+3"), 3);
  EXPECT_EQ(parse_real("-2.5"), -2.5);
  EXPECT_EQ(parse_real("0"), 0);
  EXPECT_EQ(parse_real("00"), std::nullopt);
}

TEST(ParseReal, RefusesWhatIsNone) {
  for (const char* text : {"",    " ",  "fast", "1 2", "1,5", "0x10",  "1_000", "010", "-010", "--1", "+-1",
                           "-+1", "1e", "e5",   ".",   "-",   "1.2.3", "0.5f",  " 1",  "1 ",   "True"})
    EXPECT_EQ(parse_real(text), std::nullopt) << text;
}

TEST(ParseReal, TellsInfiniteAndNotANumberFromText) {
  for (const char* text : {".inf", "-.inf", "+.INF", ".nan", ".NaN", "inf", "nan", "-Infinity", "1e999", "-1e999"}) {
    const auto value = parse_real(text);
    ASSERT_TRUE(value) << text;
    EXPECT_FALSE(std::isfinite(*value)) << text;
  }
}

TEST(ParseInteger, TakesExactIntegers) {
  EXPECT_EQ(parse_integer("800"), 800);
  EXPECT_EQ(parse_integer("800.0"), 800);
  EXPECT_EQ(parse_integer("1e3"), 1000);
  EXPECT_EQ(parse_integer("1.5e1"), 15);
  EXPECT_EQ(parse_integer("-7"), -7);
  EXPECT_EQ(parse_integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
}

TEST(ParseInteger, RefusesAllElse) {
  for (const char* text :
       {"", "2.5", "1e-3", "1e30", "9223372036854775808", "nan", "inf", ".inf", "010", "0x10", "1_000", "true", "8 "})
    EXPECT_EQ(parse_integer(text), std::nullopt) << text;
}

TEST(ParseFlag, TakesTheWordsOfYaml11) {
  for (const char* text : {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"})
    EXPECT_EQ(parse_flag(text), true) << text;
  for (const char* text : {"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"})
    EXPECT_EQ(parse_flag(text), false) << text;
  for (const char* text : {"", "y", "n", "1", "0", "tRUE", "nO", "maybe", "truely"})
    EXPECT_EQ(parse_flag(text), std::nullopt) << text;
}

TEST(SameValue, ComparesMeaning) {
  EXPECT_TRUE(same_value("1.0e-06", "1e-6"));
  EXPECT_TRUE(same_value("True", "yes"));
  EXPECT_TRUE(same_value("abc", "abc"));
  EXPECT_FALSE(same_value("1", "true"));
  EXPECT_FALSE(same_value("1", "2"));
  EXPECT_FALSE(same_value("abc", "Abc"));
}

TEST(Format, IsShortAndExact) {
  EXPECT_EQ(format_number(1000), "1000");
  EXPECT_EQ(format_number(0.001), "0.001");
  EXPECT_EQ(format_number(-5), "-5");
  EXPECT_EQ(format_real(1e-6), "1.0e-06");
  EXPECT_EQ(format_real(800), "800.0");
  EXPECT_EQ(format_real(0.1), "0.1");
  EXPECT_EQ(format_real(1e300), "1.0e+300");
}

TEST(Format, EveryDoubleComesBack) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t bits = random();
    double value;
    static_assert(sizeof value == sizeof bits);
    __builtin_memcpy(&value, &bits, sizeof value);
    if (!std::isfinite(value)) continue;
    const auto back = parse_real(format_real(value));
    ASSERT_TRUE(back) << format_real(value);
    ASSERT_EQ(*back, value) << format_real(value);
    ASSERT_EQ(std::signbit(*back), std::signbit(value));
  }
  EXPECT_TRUE(std::signbit(*parse_real(format_real(-0.0))));
}

}  // namespace
}  // namespace miafr
