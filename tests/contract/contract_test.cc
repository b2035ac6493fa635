// Every plugin of the installation meets the contract of its kind; and the contract can tell a bad one.
#include "core/contract/contract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/files.h"

namespace miafr {
namespace {

using testing::HasSubstr;

std::vector<PluginRegistry::Entry> installed() { return PluginRegistry({miafr_tests::plugin_folder()}).list(); }

class Contract : public testing::TestWithParam<PluginRegistry::Entry> {};

// Weights that nobody may ship are missing here; //tests/plugins/face_matchers checks those matchers with others.
bool lacks_weights(const CheckResult& result) {
  return result.status == CheckStatus::kSkipped && result.detail.find("model file ") != std::string::npos;
}

TEST_P(Contract, IsMet) {
  ::setenv("MIAFR_MODELS", (miafr_tests::prefix() / "share" / "miafr" / "models").c_str(), 1);
  PluginRegistry registry({miafr_tests::plugin_folder()});
  const auto library = registry.load(GetParam().file);
  ASSERT_EQ(library->descriptor().kind, GetParam().kind);
  for (const CheckResult& result : check_contract(library, registry))
    EXPECT_TRUE(result.status == CheckStatus::kPassed || lacks_weights(result))
        << result.check << ": " << result.detail;
}

INSTANTIATE_TEST_SUITE_P(Installed, Contract, testing::ValuesIn(installed()),
                         [](const auto& plugin) { return plugin.param.kind + "_" + plugin.param.name; });

TEST(ContractSuite, FindsTheInstalledPlugins) { EXPECT_GE(installed().size(), 11u); }

// "check: what was seen" of every check that ended so.
std::vector<std::string> ended(const std::string& name, CheckStatus status,
                               const std::string& from = "tests/bad_plugins") {
  const auto folder = miafr_tests::temporary_folder();
  miafr_tests::copy_writable(miafr_tests::data_file(from + "/lib" + name + ".so"), folder / ("lib" + name + ".so"));
  PluginRegistry registry({folder});
  std::vector<std::string> found;
  for (const CheckResult& result : check_contract(registry.load(folder / ("lib" + name + ".so")), registry))
    if (result.status == status) found.push_back(result.check + ": " + result.detail);
  return found;
}

std::vector<std::string> failures(const std::string& name) { return ended(name, CheckStatus::kFailed); }

TEST(ContractSees, MissingWeightsAreNoFault) {
  EXPECT_THAT(failures("needs_weights"), testing::IsEmpty());
  EXPECT_THAT(ended("needs_weights", CheckStatus::kSkipped),
              testing::ElementsAre(testing::AllOf(HasSubstr("it can be made with its defaults: "),
                                                  HasSubstr("model file no_such_net.safetensors is not in "),
                                                  HasSubstr("published by nobody"))));
}

TEST(ContractSees, ALossThatTrainsNothing) {
  EXPECT_THAT(failures("detached"),
              testing::Contains("its gradient reaches the prediction: the loss is cut off from the prediction: no "
                                "gradient can reach the UNet (detached somewhere?)"));
}

TEST(ContractSees, AWrongGradient) {
  EXPECT_THAT(failures("wrong_gradient"),
              testing::ElementsAre(HasSubstr("its gradient agrees with finite differences: autograd says ")));
}

TEST(ContractSees, ADefaultOutOfItsRange) {
  EXPECT_THAT(failures("bad_default"), testing::Contains(HasSubstr("its parameters' defaults are valid: ")));
}

TEST(ContractSees, ALossThatThrows) {
  EXPECT_THAT(failures("throws_in_call"), testing::Contains(HasSubstr("its value is a finite scalar: ")));
}

TEST(ContractSees, AMatcherWithoutGradientThatDoesNotSaySo) {
  EXPECT_THAT(
      failures("cut_off"),
      testing::ElementsAre(HasSubstr("its gradient reaches the pixels: the embedding is cut off from the pixels")));
}

TEST(ContractSees, AMatcherThatSaysItHasNoGradientIsNotAskedForOne) {
  EXPECT_THAT(failures("no_gradient"), testing::IsEmpty());
  EXPECT_THAT(ended("no_gradient", CheckStatus::kSkipped), testing::IsEmpty());
}

TEST(ContractSees, ACarelessSampler) {
  EXPECT_THAT(
      failures("careless_sampler"),
      testing::IsSupersetOf({HasSubstr("its timesteps stay within the schedule and never rise: "),
                             HasSubstr("more steps than the schedule has are refused"),
                             HasSubstr("the same seed gives the same latents"), HasSubstr("it reports every step"),
                             HasSubstr("it stops when told to"), HasSubstr("it leaves the starting noise as it is")}));
}

TEST(ContractSees, ACarelessEditor) {
  EXPECT_THAT(failures("careless_editor"),
              testing::UnorderedElementsAre(
                  "it leaves the photo as it is: it has changed",
                  HasSubstr("a picture depends on photo, target and seed alone: another photo before it"),
                  "it stops when told to: what deliver throws does not come through",
                  "it takes fitted weights as its parameter `weights`: it has no text parameter `weights`",
                  "it goes on from its state to the same bits: the losses differ"));
}

TEST(ContractSees, NothingWrongWithGoodEditors) {
  for (const char* name : {"colour_shift", "nose_crop"}) {
    EXPECT_THAT(ended(name, CheckStatus::kFailed, "tests/editors"), testing::IsEmpty());
    EXPECT_THAT(ended(name, CheckStatus::kSkipped, "tests/editors"), testing::IsEmpty());
    EXPECT_GT(ended(name, CheckStatus::kPassed, "tests/editors").size(), 6u);
  }
}

}  // namespace
}  // namespace miafr
