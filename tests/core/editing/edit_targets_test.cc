#include "core/editing/edit_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/errors.h"

namespace miafr {
namespace {

using testing::HasSubstr;

// As one that was trained on five age groups and two attributes is declared.
EditorInfo grouped() {
  EditorInfo info;
  info.ages = {{"11-20", 11, 21}, {"21-30", 21, 31}, {"50+", 50, 120}};
  info.attributes = {{"eyeglasses", true, 0, 2}, {"no_beard", false, 1, 1}};
  return info;
}

EditTarget only(const EditorInfo& info, const WantedTargets& wanted) {
  const auto targets = resolve_targets(info, wanted, "editor grouped");
  EXPECT_EQ(targets.size(), 1u);
  return targets.at(0);
}

std::string refusal(const EditorInfo& info, const WantedTargets& wanted) {
  try {
    resolve_targets(info, wanted, "editor grouped");
  } catch (const UsageError& e) {
    return e.what();
  }
  return "nothing is refused";
}

TEST(EditTargets, YearsNameTheirGroup) {
  const EditTarget target = only(grouped(), {{"30"}, {}, {}});
  EXPECT_EQ(target.kind, EditTarget::Kind::kAge);
  EXPECT_EQ(target.name, "21-30");
  EXPECT_EQ(target.label, "30");
  EXPECT_EQ(target.years, 30);
  EXPECT_EQ(only(grouped(), {{"21"}, {}, {}}).name, "21-30");
  EXPECT_TRUE(std::isnan(only(grouped(), {{"50+"}, {}, {}}).years));
}

TEST(EditTargets, NoGroupHasTheYears) {
  EXPECT_EQ(refusal(grouped(), {{"40"}, {}, {}}),
            "editor grouped cannot do --age 40; it can do: ages 11-20, 21-30, 50+; attributes eyeglasses, "
            "no_eyeglasses (with :0 to :2), no_beard");
  EXPECT_THAT(refusal(grouped(), {{"elderly"}, {}, {}}), HasSubstr("cannot do --age elderly"));
}

TEST(EditTargets, YearsWithinARange) {
  EditorInfo info;
  info.min_years = 5;
  info.max_years = 80;
  EXPECT_EQ(only(info, {{"80"}, {}, {}}).years, 80);
  for (const char* age : {"81", "4.9", "-5", "nan", "inf", "old"})
    EXPECT_THAT(refusal(info, {{age}, {}, {}}), HasSubstr("5 to 80 years")) << age;
}

TEST(EditTargets, AttributesAreSwitchedOffByNo) {
  const EditTarget off = only(grouped(), {{}, {"no_eyeglasses"}, {}});
  EXPECT_EQ(off.name, "eyeglasses");
  EXPECT_FALSE(off.on);
  EXPECT_EQ(off.label, "no_eyeglasses");
  // One that is called so is no absence.
  const EditTarget beard = only(grouped(), {{}, {"no_beard"}, {}});
  EXPECT_EQ(beard.name, "no_beard");
  EXPECT_TRUE(beard.on);
  EXPECT_THAT(refusal(grouped(), {{}, {"no_no_beard"}, {}}), HasSubstr("cannot do --attribute no_no_beard"));
  EXPECT_THAT(refusal(grouped(), {{}, {"beard"}, {}}), HasSubstr("cannot do --attribute beard"));
}

TEST(EditTargets, StrengthsLieInTheirRange) {
  EXPECT_EQ(only(grouped(), {{}, {"eyeglasses:1.5"}, {}}).strength, 1.5);
  EXPECT_EQ(only(grouped(), {{}, {"no_eyeglasses:0"}, {}}).strength, 0);
  for (const char* word : {"eyeglasses:2.1", "eyeglasses:-1", "eyeglasses:much", "eyeglasses:nan", "no_beard:2"})
    EXPECT_THAT(refusal(grouped(), {{}, {word}, {}}), HasSubstr(std::string("cannot do --attribute ") + word));
}

TEST(EditTargets, AnyWordWhereTheEditorTakesAny) {
  EditorInfo info;
  info.any_age_label = info.any_attribute = info.text = true;
  const auto targets = resolve_targets(info, {{"elderly", "65"}, {"no_hat"}, {{"a cat", "cat"}}}, "editor any");
  ASSERT_EQ(targets.size(), 4u);
  EXPECT_TRUE(std::isnan(targets[0].years));
  EXPECT_EQ(targets[1].years, 65);
  EXPECT_FALSE(targets[2].on);
  EXPECT_EQ(targets[3].name, "a cat");
  EXPECT_EQ(targets[3].label, "cat");
  EXPECT_EQ(describe_target(targets[2]), "attribute no_hat");
  EXPECT_THAT(refusal(grouped(), {{}, {}, {{"a cat", ""}}}), HasSubstr("cannot do --prompt"));
}

TEST(EditTargets, NothingIsWantedTwice) {
  EXPECT_EQ(refusal(grouped(), {{"11-20", "11-20"}, {}, {}}), "age 11-20 is wanted twice");
}

}  // namespace
}  // namespace miafr
