#include "core/data/duplicates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace miafr {
namespace {

SurveyedImage image(const std::string& file, bool in_reg, const std::string& sha256, std::uint64_t hash,
                    const std::string& label = "") {
  SurveyedImage image;
  image.file = file;
  image.in_reg = in_reg;
  image.sha256 = sha256;
  image.difference_hash = hash;
  image.caption.label = label;
  return image;
}

std::vector<std::vector<std::string>> files_of(const std::vector<DuplicateGroup>& groups) {
  std::vector<std::vector<std::string>> all;
  for (const DuplicateGroup& group : groups) {
    all.emplace_back();
    for (const SurveyedImage* image : group.images) all.back().push_back(image->file.string());
  }
  return all;
}

TEST(Duplicates, SameBytesAndNearPictures) {
  Survey survey;
  survey.train = {image("t1", false, "a", 0xff), image("t2", false, "b", ~0ull), image("t3", false, "", 0),
                  image("t4", false, "c", 0xf0f0f0f0f0f0f0f0)};
  survey.reg = {image("r1", true, "a", 0xff), image("r2", true, "d", ~0ull ^ 0xf), image("r3", true, "e", ~0ull ^ 0xff),
                image("r4", true, "f", 0xf0f0f0f0f0f0f0f0 ^ 0x1f)};
  const auto groups = duplicate_groups(survey);
  EXPECT_EQ(files_of(groups), (std::vector<std::vector<std::string>>{{"t1", "r1"}, {"t2", "r2", "r3"}}));
  EXPECT_TRUE(groups[0].identical);
  EXPECT_FALSE(groups[1].identical);  // t2 and r3 differ by 8 bits, each by 4 from r2
  EXPECT_TRUE(groups[0].spans_sets());
}

TEST(Duplicates, OfFlatPicturesAreTheSameBytesOnly) {
  Survey survey;
  survey.train = {image("1", false, "a", 0), image("2", false, "b", 0), image("3", false, "a", 0)};
  const auto groups = duplicate_groups(survey);
  EXPECT_EQ(files_of(groups), (std::vector<std::vector<std::string>>{{"1", "3"}}));
  EXPECT_TRUE(groups[0].identical);
  EXPECT_FALSE(groups[0].spans_sets());
}

std::vector<std::string> shared(const std::vector<SurveyedImage>& train, const std::vector<SurveyedImage>& reg) {
  Survey survey;
  survey.train = train;
  survey.reg = reg;
  std::vector<std::string> names;
  for (const SharedName& name : shared_names(survey, {"t", "r"}))
    names.push_back(name.name + " " + std::to_string(name.train) + " " + std::to_string(name.reg));
  return names;
}

TEST(SharedNames, AreFoldersAndBeginningsOfNames) {
  EXPECT_THAT(shared({image("t/anna/1.png", false, "", 0), image("t/anna_02.png", false, "", 0)},
                     {image("r/anna (3).jpg", true, "", 0), image("r/bert/anna/1.png", true, "", 0)}),
              testing::ElementsAre("anna 2 1"));
  EXPECT_THAT(shared({image("t/0012_003.png", false, "", 0)}, {image("r/0012_004.png", true, "", 0)}),
              testing::ElementsAre("0012 1 1"));
  EXPECT_THAT(shared({image("t/1.png", false, "", 0)}, {image("r/1.png", true, "", 0)}), testing::ElementsAre());
}

TEST(SharedNames, LabelsAreNoPersons) {
  EXPECT_THAT(shared({image("t/child_1.png", false, "", 0)},
                     {image("r/child_1.png", true, "", 0, "child"), image("r/child/2.png", true, "", 0, "child")}),
              testing::ElementsAre());
  EXPECT_THAT(shared({image("t/anna_1.png", false, "", 0)}, {image("r/child_anna_7.png", true, "", 0, "child")}),
              testing::ElementsAre("anna 1 1"));
}

}  // namespace
}  // namespace miafr
