// What is gathered to be judged, and when that is done anew.
#include "core/experiment/evaluation_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "tests/core/experiment/small_experiment.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class Judging : public testing::Test {
 protected:
  Judging() : folder_(miafr_tests::temporary_folder()), experiment_(miafr_tests::small_experiment(folder_)) {}

  // A photo that may not be read, as it leads out of its folder.
  void link_photo(const fs::path& photo) const {
    fs::create_directories(photo.parent_path());
    std::ofstream(folder_ / "elsewhere.png") << "photo";
    fs::create_symlink(folder_ / "elsewhere.png", photo);
  }

  std::string error_of_gathering() const {
    try {
      gather_pictures(experiment_, {}, folder_ / "out");
    } catch (const Error& e) {
      return e.what();
    }
    return "";
  }

  std::string inputs(const Judges& judges) const {
    InputHashes hashes;
    return evaluation_inputs(experiment_, {}, folder_ / "out", judges, hashes);
  }

  const fs::path folder_;
  Experiment experiment_;
};

TEST_F(Judging, APhotoThatIsRefusedIsWarnedOf) {
  link_photo(folder_ / "anna/2.png");
  setup_log("info", "never");
  testing::internal::CaptureStderr();
  EXPECT_EQ(error_of_gathering(), "");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("anna/2.png: a link that leads outside the folder; left out"));
  EXPECT_EQ(said.find("2.png"), said.rfind("2.png"));  // once, though it is a training photo and a reference
  EXPECT_TRUE(fs::exists(folder_ / "out/judged/references/anna/1.png"));
  EXPECT_FALSE(fs::exists(folder_ / "out/judged/references/anna/2.png"));
}

TEST_F(Judging, APersonWithoutAnyOtherPhotoStopsIt) {
  link_photo(folder_ / "more/carl/1.png");
  experiment_.evaluate.impostors = (folder_ / "more").string();
  EXPECT_THAT(error_of_gathering(), HasSubstr("more/carl: none of its photos can be used; the first, 1.png, is refused "
                                              "as a link that leads outside the folder"));
}

TEST_F(Judging, ASubjectNeedsAReference) {
  fs::create_directories(folder_ / "real/anna");
  experiment_.evaluate.references = (folder_ / "real").string();
  EXPECT_THAT(error_of_gathering(), HasSubstr("'anna' has no photo to be compared with"));
}

TEST_F(Judging, OtherWeightsOfAMatcherAreAnotherEvaluation) {
  const fs::path weights = folder_ / "net.ckpt";
  std::ofstream(weights) << "one";
  experiment_.evaluate.matchers = {"adaface:weights=" + weights.string()};
  const std::string before = inputs({{}, {weights}});
  EXPECT_EQ(inputs({{}, {weights}}), before);
  std::ofstream(weights) << "another";
  EXPECT_NE(inputs({{}, {weights}}), before);
}

TEST_F(Judging, SettingsOfTheReportAreAnotherEvaluation) {
  const std::string before = inputs({});
  EXPECT_NE(inputs({{"dlib_resnet"}, {}}), before);
  experiment_.name = "another title";
  EXPECT_NE(inputs({}), before);
}

TEST_F(Judging, WithoutABootstrapNothingIsComparedWithABaseline) {
  const std::vector<Trial> trials = trials_of(experiment_);
  EXPECT_THAT(evaluate_command(experiment_, trials, {}, {}).command, testing::Contains("--baseline"));
  experiment_.evaluate.bootstrap = 0;
  EXPECT_THAT(evaluate_command(experiment_, trials, {}, {}).command, testing::Not(testing::Contains("--baseline")));
}

}  // namespace
}  // namespace miafr
