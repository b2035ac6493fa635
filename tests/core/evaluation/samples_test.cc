// What pictures of an evaluation are called.
#include "core/evaluation/samples.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/files.h"

namespace miafr {
namespace {

using Names = std::vector<std::string>;

TEST(DistinctNames, AreTheFoldersNames) {
  EXPECT_EQ(distinct_names({{"references", "/x/real/"}, {"ours", "edited"}}, {}), (Names{"real", "edited"}));
}

TEST(DistinctNames, HaveTheRoleBeforeThemWhereTwoFoldersAreCalledAlike) {
  EXPECT_EQ(distinct_names({{"references", "x"}, {"a", "1/edited"}, {"b", "2/edited"}}, {}),
            (Names{"x", "a/edited", "b/edited"}));
  EXPECT_EQ(distinct_names({{"references", "x"}, {"probes", "x"}}, {}), (Names{"references/x", "probes/x"}));
  EXPECT_EQ(distinct_names({{"a", "1/edited"}, {"a", "2/edited"}}, {}), (Names{"a/edited", "a/edited-2"}));
  EXPECT_EQ(distinct_names({{"references", "x"}, {"a", "round"}}, {"round"}), (Names{"x", "a/round"}));
}

std::vector<SamplePair> pairs_of(const std::string& rows) {
  const auto file = miafr_tests::temporary_folder() / "pairs.csv";
  std::ofstream(file) << "image_a,image_b,label\n" << rows;
  return read_pairs(file);
}

TEST(Pairs, AreCalledAsTheListCallsThem) {
  const auto pairs = pairs_of("anna/1.jpg,bert/1.jpg,impostor\n");
  EXPECT_EQ(pairs[0].name_a, "anna/1.jpg");
  EXPECT_EQ(pairs[0].name_b, "bert/1.jpg");
}

TEST(Pairs, OfWholePathsAreCalledByWhatTellsThemApart) {
  const auto pairs = pairs_of(
      "/data/lfw/anna/1.jpg,/data/lfw/bert/1.jpg,impostor\n/data/lfw/anna/1.jpg,/data/lfw/anna/2.jpg,genuine\n");
  EXPECT_EQ(pairs[0].name_a, "anna/1.jpg");
  EXPECT_EQ(pairs[0].name_b, "bert/1.jpg");
  EXPECT_EQ(pairs[1].name_b, "anna/2.jpg");
}

}  // namespace
}  // namespace miafr
