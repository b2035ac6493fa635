// Which pictures are still to be painted.
#include "core/experiment/pictures.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;

class MissingPictures : public testing::Test {
 protected:
  MissingPictures() : folder_(miafr_tests::temporary_folder()) { fs::create_directories(folder_ / "samples"); }

  // With a row in the manifest, as `miafr generate` writes it.
  void paint(const std::string& prompt, int seed, bool file = true) {
    const std::string label = prompt == "c" ? "y" : "x";
    const std::string name = "samples/" + std::to_string(count_++) + ".png";
    if (file) std::ofstream(folder_ / name) << "x";
    const bool fresh = !fs::exists(folder_ / "manifest.csv");
    std::ofstream out(folder_ / "manifest.csv", std::ios::app);
    if (fresh) out << "file,prompt,label,seed\n";
    out << name << ",\"" << prompt << "\"," << label << "," << seed << "\n";
  }

  std::vector<WantedPictures> missing() const { return missing_pictures(folder_, wanted_); }

  const WantedPictures wanted_ = {{{"a, b", "x"}, {"c", "y"}}, 42, 3};
  const fs::path folder_;
  int count_ = 0;
};

TEST_F(MissingPictures, AtFirstAllOfThemInOneRun) {
  const auto runs = missing();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].prompts.size(), 2u);
  EXPECT_EQ(runs[0].seed, 42);
  EXPECT_EQ(runs[0].count, 3);
}

TEST_F(MissingPictures, AreAllOfThemWhereTheManifestIsStillEmpty) {
  std::ofstream(folder_ / "manifest.csv").flush();
  EXPECT_EQ(missing().at(0).count, 3);
  EXPECT_TRUE(painted_pictures(folder_, wanted_).empty());
}

TEST_F(MissingPictures, GoOnAfterAStop) {
  for (const int seed : {42, 43, 44}) paint("a, b", seed);
  paint("c", 42);
  const auto runs = missing();
  ASSERT_EQ(runs.size(), 1u);
  ASSERT_EQ(runs[0].prompts.size(), 1u);
  EXPECT_EQ(runs[0].prompts[0].text, "c");
  EXPECT_EQ(runs[0].prompts[0].label, "y");
  EXPECT_EQ(runs[0].seed, 43);
  EXPECT_EQ(runs[0].count, 2);
}

TEST_F(MissingPictures, GapsAreRunsOfTheirOwn) {
  for (const int seed : {42, 43, 44}) paint("c", seed);
  paint("a, b", 43);
  const auto runs = missing();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].seed, 42);
  EXPECT_EQ(runs[0].count, 1);
  EXPECT_EQ(runs[1].seed, 44);
  EXPECT_EQ(runs[1].count, 1);
}

TEST_F(MissingPictures, ARowWithoutItsFileDoesNotCount) {
  for (const int seed : {42, 43, 44}) paint("c", seed, seed != 44);
  for (const int seed : {42, 43, 44}) paint("a, b", seed);
  const auto runs = missing();
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].seed, 44);
}

TEST_F(MissingPictures, WhenAllAreThereNone) {
  for (const char* prompt : {"a, b", "c"})
    for (const int seed : {42, 43, 44, 45}) paint(prompt, seed);
  EXPECT_TRUE(missing().empty());
  EXPECT_EQ(painted_pictures(folder_, wanted_).size(), 6u);  // one of each is not asked for
}

TEST_F(MissingPictures, OfOtherPromptsAndLabelsAreNotThose) {
  paint("another", 42);
  std::ofstream(folder_ / "manifest.csv", std::ios::app) << "samples/0.png,c,z,42\n";
  EXPECT_EQ(missing()[0].prompts.size(), 2u);
  EXPECT_TRUE(painted_pictures(folder_, wanted_).empty());
  paint("c", 43);
  ASSERT_EQ(painted_pictures(folder_, wanted_).size(), 1u);
  EXPECT_EQ(painted_pictures(folder_, wanted_)[0].file, "samples/1.png");
  EXPECT_EQ(painted_pictures(folder_, wanted_)[0].label, "y");
}

}  // namespace
}  // namespace miafr
