// configs/attributes.yaml, and files like it.
#include "core/config/attributes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "core/config/config_error.h"
#include "core/base/errors.h"
#include "tests/support/files.h"

namespace {

using testing::HasSubstr;

std::string refusal(const std::string& yaml) {
  const auto file = miafr_tests::temporary_folder() / "attributes.yaml";
  std::ofstream(file) << yaml;
  try {
    miafr::read_attributes(file.string());
  } catch (const miafr::ConfigError& e) {
    return e.what();
  }
  return "";
}

TEST(Attributes, ThePapersTwentySixAreThereInBothSpellings) {
  const auto table = miafr::read_attributes("configs/attributes.yaml");
  EXPECT_EQ(table.attributes.size(), 26u);
  std::set<std::string> glued, spaced;
  for (const auto& attribute : table.attributes) {
    glued.insert(attribute.glued);
    spaced.insert(attribute.spaced);
    EXPECT_THAT(attribute.glued, HasSubstr("{class}"));
    EXPECT_THAT(attribute.spaced, HasSubstr("{class}"));
  }
  EXPECT_EQ(glued.size(), 26u);
  EXPECT_EQ(spaced.size(), 26u);
  EXPECT_EQ(table.find("black_hair").glued, "{class} with blackhair");
  EXPECT_EQ(table.find("black_hair").spaced, "{class} with black hair");
  EXPECT_THROW(table.find("black_hat"), miafr::UsageError);
}

TEST(Attributes, AFileIsRefusedWithItsLine) {
  const std::string one = "attributes:\n  hat: {glued: a, spaced: b}\n";
  EXPECT_EQ(refusal("prompt: a {attribute}\n" + one), "");
  EXPECT_THAT(refusal(one), HasSubstr("prompt: a text is needed"));
  EXPECT_THAT(refusal("prompt: a\n" + one), HasSubstr(":1: prompt: must have the place {attribute}"));
  EXPECT_THAT(refusal("prompt: a {attribute}\n"), HasSubstr("attributes: a map is needed"));
  EXPECT_THAT(refusal("prompt: a {attribute}\nattributes:\n  hat: cap\n"), HasSubstr(":3: hat: {glued: text"));
  EXPECT_THAT(refusal("prompt: a {attribute}\nattributes:\n  hat: {glued: a}\n"), HasSubstr("hat.spaced: a text"));
  EXPECT_THAT(refusal("prompt: a {attribute}\nextra: 1\n" + one), HasSubstr(":2: unknown key 'extra'"));
}

}  // namespace
