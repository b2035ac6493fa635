// Plugins that a run first asks for when it has been going for a while are looked up before it begins.
#include "core/train/later_plugins.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/runtime/plugin_registry.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using testing::HasSubstr;

class LaterPlugins : public testing::Test {
 protected:
  // What is said of the config; "" where nothing is.
  std::string message(bool needs_faces = false) {
    try {
      check_later_plugins(config_, registry_, {at::kCPU, 1, {}}, needs_faces);
      return "";
    } catch (const std::exception& error) {
      return error.what();
    }
  }

  RunConfig config_;
  PluginRegistry registry_{{miafr_tests::plugin_folder()}};
};

TEST_F(LaterPlugins, OfTheDefaultsAreThere) { EXPECT_EQ(message(true), ""); }

TEST_F(LaterPlugins, AreNamedWithTheirKey) {
  config_.sampler.name = "dimm";
  EXPECT_THAT(message(), HasSubstr("sampler.name: no sampler named 'dimm'"));
  config_ = {};
  config_.train.judge = "dlib_resnot";
  EXPECT_THAT(message(), HasSubstr("train.judge: no face_matcher named 'dlib_resnot', did you mean 'dlib_resnet'?"));
  config_ = {};
  config_.train.detector = "mtcn";
  EXPECT_THAT(message(), HasSubstr("train.detector: no face_detector named 'mtcn'"));
}

TEST_F(LaterPlugins, TakeParameters) {
  config_.train.detector = "mtcnn:min_face=40";
  EXPECT_EQ(message(), "");
  EXPECT_EQ(detector_choice(config_.train).params.at(0).key, "min_face");
  config_.train.detector = "mtcnn:mini_face=40";
  EXPECT_THAT(message(), testing::AllOf(HasSubstr("train.detector"), HasSubstr("mini_face")));
  config_ = {};
  config_.train.judge = "dlib_resnet:nothing=1";
  EXPECT_THAT(message(), testing::AllOf(HasSubstr("train.judge"), HasSubstr("nothing")));
}

TEST_F(LaterPlugins, OfNoUseNeedNotBeThere) {
  config_.sampler.name = config_.train.judge = config_.train.detector = "absent";
  config_.train.preview_every = 0;
  EXPECT_EQ(message(), "");
  EXPECT_THAT(message(/*needs_faces=*/true), HasSubstr("train.detector"));
  config_ = {};
  config_.sampler.name = "absent";
  config_.train.max_previews = 0;
  EXPECT_EQ(message(), "");
}

}  // namespace
}  // namespace miafr
