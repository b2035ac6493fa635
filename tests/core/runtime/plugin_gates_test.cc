// Every gate between a plugin file and the host, each with a library that only that gate can refuse; the sentence is
// what the user reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <torch/types.h>

#include <fstream>

#include "core/config/plugin_params.h"
#include "core/plugin/face_matcher.h"
#include "core/plugin/loss.h"
#include "core/runtime/chosen_plugin.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/plugin_registry.h"
#include "core/runtime/sampling.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using miafr_tests::copy_writable;
using miafr_tests::data_file;
using miafr_tests::fs::path;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kRebuild = "rebuild it: g++ $(miafr plugins flags) NAME.cc -o libNAME.so";

class PluginGates : public testing::Test {
 protected:
  // Copies a bad plugin into the folder of losses.
  path install(const std::string& name) {
    return copy_writable(data_file("tests/bad_plugins/lib" + name + ".so"),
                         folder_ / "losses" / ("lib" + name + ".so"));
  }
  path install_cosine(const path& to) { return copy_writable(data_file("plugins/losses/libcosine.so"), to); }

  std::string refusal(const std::string& name) {
    try {
      registry_.find("loss", name);
    } catch (const PluginError& e) {
      EXPECT_THAT(e.what(), Not(HasSubstr("\n")));
      return e.what();
    }
    return "accepted";
  }

  std::shared_ptr<IdentityLoss> create(const std::string& name, const Params& params = {}) {
    return PluginLibrary::create<IdentityLoss>(registry_.find("loss", name), params, host_);
  }

  const path folder_ = miafr_tests::temporary_folder();
  PluginRegistry registry_{{folder_}};
  PluginHost host_{"loss test", {at::kCPU, 2, {}}, registry_};
};

TEST_F(PluginGates, AGoodPluginIsLoadedOnceAndWorks) {
  install_cosine(folder_ / "losses" / "libcosine.so");
  const auto library = registry_.find("loss", "cosine");
  EXPECT_EQ(library, registry_.find("loss", "cosine"));
  EXPECT_EQ(library->title(), "loss cosine");
  LossInputs in;
  in.noise = at::ones({1, 4, 2, 2});
  in.noise_pred = -in.noise;
  EXPECT_NEAR(create("cosine")->forward(in).item<double>(), 2, 1e-6);
}

TEST_F(PluginGates, UnknownNameListsTheInstalledOnesAndTheNearest) {
  install_cosine(folder_ / "losses" / "libcosine.so");
  EXPECT_EQ(refusal("cosin"), "no loss named 'cosin', did you mean 'cosine'? (installed: cosine)");
  EXPECT_EQ(refusal("../losses/libcosine"), "no loss named '../losses/libcosine' (installed: cosine)");
}

TEST_F(PluginGates, Gate1WorldWritableFile) {
  const path file = install_cosine(folder_ / "losses" / "libcosine.so");
  ::chmod(file.c_str(), 0666);
  EXPECT_EQ(refusal("cosine"),
            "plugin " + file.string() + ": every user may write to the file; run chmod o-w " + file.string());
}

TEST_F(PluginGates, Gate1WorldWritableFolder) {
  const path file = install_cosine(folder_ / "losses" / "libcosine.so");
  ::chmod(folder_.c_str(), 0777);
  EXPECT_EQ(refusal("cosine"), "plugin " + file.string() + ": every user may write to its folder " + folder_.string() +
                                   "; run chmod o-w " + folder_.string());
  ::chmod(folder_.c_str(), 01777);  // like /tmp: nobody can replace another's file
  EXPECT_EQ(refusal("cosine"), "accepted");
}

TEST_F(PluginGates, Gate1LinkOutOfTheFolder) {
  const path elsewhere = install_cosine(miafr_tests::temporary_folder() / "libcosine.so");
  miafr_tests::fs::create_directories(folder_ / "losses");
  const path link = folder_ / "losses" / "libcosine.so";
  miafr_tests::fs::create_symlink(elsewhere, link);
  EXPECT_EQ(refusal("cosine"),
            "plugin " + link.string() + ": is a link to " + elsewhere.string() +
                ", outside the plugin folders; copy the library there, or name its folder with --plugin-dir");
}

TEST_F(PluginGates, Gate1LinkInsideTheFolderPasses) {
  install_cosine(folder_ / "store" / "libcosine.so");
  miafr_tests::fs::create_directories(folder_ / "losses");
  miafr_tests::fs::create_symlink("../store/libcosine.so", folder_ / "losses" / "libcosine.so");
  EXPECT_EQ(refusal("cosine"), "accepted");
}

TEST_F(PluginGates, Gate1DanglingLinkAndFolder) {
  miafr_tests::fs::create_directories(folder_ / "losses" / "libfolder.so");
  miafr_tests::fs::create_symlink("nowhere", folder_ / "losses" / "libdangling.so");
  EXPECT_THAT(refusal("dangling"), EndsWith("libdangling.so: cannot be resolved: No such file or directory"));
  EXPECT_THAT(refusal("folder"), EndsWith("libfolder.so: is not a regular file"));
}

TEST_F(PluginGates, Gate1AnotherUsersFile) {
  const path file = install_cosine(folder_ / "losses" / "libcosine.so");
  if (::chown(file.c_str(), 12345, 12345) != 0) GTEST_SKIP() << "only root can give a file away";
  EXPECT_EQ(refusal("cosine"),
            "plugin " + file.string() +
                ": belongs to user id 12345, neither root nor you; run chown, or copy it to a folder of your own");
}

TEST_F(PluginGates, Gate2NotALibrary) {
  miafr_tests::fs::create_directories(folder_ / "losses");
  std::ofstream(folder_ / "losses" / "libtext.so") << "just text";
  std::ofstream(folder_ / "losses" / "libhalf.so") << "\177ELF\2\1\1";
  EXPECT_THAT(refusal("text"), EndsWith("libtext.so: is not a shared library (no ELF file)"));
  EXPECT_THAT(refusal("half"), HasSubstr("libhalf.so: is not a shared library of this machine"));
}

TEST_F(PluginGates, Gate2NoEntry) {
  install("no_entry");
  EXPECT_THAT(refusal("no_entry"), EndsWith("libno_entry.so: is no MIAFR plugin: it exports no miafr_plugin_v…; end "
                                            "its source with MIAFR_LOSS_PLUGIN(…) or its kind's macro"));
}

TEST_F(PluginGates, Gate2WrongApi) {
  install("wrong_api");
  EXPECT_THAT(refusal("wrong_api"),
              EndsWith("libwrong_api.so: is built for another host: it exports miafr_plugin_v99_torch_2_11, this host "
                       "loads miafr_plugin_v2_torch_2_11; " +
                       std::string(kRebuild)));
}

TEST_F(PluginGates, Gate2WrongTorch) {
  install("wrong_torch");
  EXPECT_THAT(refusal("wrong_torch"),
              EndsWith("it exports miafr_plugin_v2_torch_1_13, this host loads miafr_plugin_v2_torch_2_11; " +
                       std::string(kRebuild)));
}

TEST_F(PluginGates, Gate3UndefinedSymbol) {
  install("undefined_symbol");
  EXPECT_THAT(refusal("undefined_symbol"), EndsWith("libundefined_symbol.so: cannot be loaded: undefined symbol "
                                                    "vendor::missing_function(double); link what defines it, or " +
                                                    std::string(kRebuild)));
}

TEST_F(PluginGates, Gate4AllDifferencesAtOnce) {
  install("wrong_tag");
  EXPECT_THAT(
      refusal("wrong_tag"),
      AllOf(HasSubstr("libwrong_tag.so: is built differently from this host: SDK headers 0000000000001234 (host: "),
            HasSubstr("LibTorch 2.11.9 (host: 2.11.0), compiler clang 17.0.1 (host: gcc 1"),
            HasSubstr("standard library pre-cxx11 (host: cxx11), C++ standard 202002 (host: 201703); "),
            EndsWith(kRebuild)));
}

TEST_F(PluginGates, Gate4NoFactory) {
  install("null_factory");
  EXPECT_THAT(refusal("null_factory"), EndsWith("libnull_factory.so: its descriptor names no factory"));
}

TEST_F(PluginGates, Gate4FileNameAndPluginNameDiffer) {
  install("wrong_name");
  EXPECT_THAT(refusal("wrong_name"),
              EndsWith("libwrong_name.so: its name is 'another_name'; rename the file to libanother_name.so"));
}

TEST_F(PluginGates, Gate5WrongKind) {
  install("wrong_kind");
  EXPECT_THAT(refusal("wrong_kind"), EndsWith("libwrong_kind.so: is a face_matcher, but a loss is asked for; put it "
                                              "into the folder of its kind and name it there"));
}

TEST_F(PluginGates, FactoryReturnsNull) {
  install("returns_null");
  EXPECT_THAT(
      [&] { create("returns_null"); },
      testing::ThrowsMessage<PluginError>("loss returns_null: its factory returned nothing and gave no reason"));
}

TEST_F(PluginGates, FactoryThrows) {
  install("throws_in_factory");
  Params params;
  params.set("standard", true);
  EXPECT_THAT([&] { create("throws_in_factory", params); },
              testing::ThrowsMessage<PluginError>("loss throws_in_factory: the weights are damaged"));
  params.set("standard", false);
  EXPECT_THAT(
      [&] { create("throws_in_factory", params); },
      testing::ThrowsMessage<PluginError>("loss throws_in_factory: it threw something that is not a std::exception"));
}

TEST_F(PluginGates, CallThrows) {
  install("throws_in_call");
  const auto library = registry_.find("loss", "throws_in_call");
  LossInputs in;
  in.noise_pred = at::ones({1, 4, 2, 2});
  const auto call = [&](const std::string& what) {
    const auto loss = PluginLibrary::create<IdentityLoss>(
        library, resolve_params(library->params(), {{"what", what, "test"}}, "loss"), host_);
    return call_plugin(*library, "forward", [&] { return loss->forward(in); });
  };
  // LibTorch's own text, without the C++ backtrace that follows it.
  EXPECT_THAT([&] { call("torch"); },
              testing::ThrowsMessage<PluginError>(AllOf(StartsWith("loss throws_in_call failed in forward: "),
                                                        HasSubstr("size"), Not(HasSubstr("\n")))));
  EXPECT_THAT([&] { call("number"); },
              testing::ThrowsMessage<PluginError>(
                  "loss throws_in_call failed in forward: it threw something that is not a std::exception"));
  EXPECT_THROW(call("cancelled"), Cancelled);
}

TEST_F(PluginGates, AnObjectOutlivesTheRegistry) {
  install_cosine(folder_ / "losses" / "libcosine.so");
  std::shared_ptr<IdentityLoss> loss;
  {
    PluginRegistry registry({folder_});
    loss = PluginLibrary::create<IdentityLoss>(registry.find("loss", "cosine"), {}, host_);
  }
  LossInputs in;
  in.noise = in.noise_pred = at::ones({1, 4, 2, 2});
  EXPECT_NEAR(loss->forward(in).item<double>(), 0, 1e-6);
}

TEST_F(PluginGates, AnEarlierFolderWins) {
  const path second = miafr_tests::temporary_folder();
  install_cosine(folder_ / "losses" / "libcosine.so");
  install_cosine(second / "libcosine.so");
  install_cosine(second / "losses" / "libcosine.so");
  PluginRegistry registry({second, folder_});
  EXPECT_EQ(registry.find("loss", "cosine")->file(), second / "losses" / "libcosine.so");
}

TEST_F(PluginGates, MissingServicesAndFilesSayWhatToDo) {
  PluginHost host("loss test", {at::kCPU, 2, {"/nowhere"}}, registry_);
  EXPECT_THAT(
      [&] { host.model_file("net.safetensors", "published by X under MIT"); },
      testing::ThrowsMessage<ServiceUnavailable>("model file net.safetensors is not in /nowhere; published by X under "
                                                 "MIT; put it there or name its folder with --models-dir"));
  EXPECT_THAT([&] { host_.face_matcher("adaface", MatcherUse::kCompare); },
              testing::ThrowsMessage<PluginError>("no face_matcher named 'adaface' (installed: none)"));
}

TEST_F(PluginGates, AMatcherWithoutGradientIsForScoresAlone) {
  copy_writable(data_file("tests/bad_plugins/libno_gradient.so"), folder_ / "face_matchers" / "libno_gradient.so");
  EXPECT_NE(host_.face_matcher("no_gradient", MatcherUse::kCompare), nullptr);
  EXPECT_THAT([&] { host_.face_matcher("no_gradient", MatcherUse::kTrainThrough); },
              testing::ThrowsMessage<PluginError>(
                  "face_matcher no_gradient has no gradient, so no loss can train through it; name another matcher "
                  "(installed: no_gradient)"));
}

TEST_F(PluginGates, ALossThatTrainsAgainstSuchAMatcherIsRefusedAtSetUp) {
  copy_writable(data_file("tests/bad_plugins/libno_gradient.so"), folder_ / "face_matchers" / "libno_gradient.so");
  copy_writable(data_file("plugins/losses/libbiometric.so"), folder_ / "losses" / "libbiometric.so");
  EXPECT_THAT(
      [&] {
        choose_plugin<IdentityLoss>({"biometric", {{"matcher", "no_gradient"}}}, registry_, {at::kCPU, 2, {}});
      },
      testing::ThrowsMessage<PluginError>(
          StartsWith("loss biometric: face_matcher no_gradient has no gradient, so no loss can train through it; ")));
}

TEST_F(PluginGates, ASamplerThatCannotRunInReverseIsNotAskedTo) {
  copy_writable(data_file("plugins/samplers/libeuler.so"), folder_ / "samplers" / "libeuler.so");
  const auto euler = choose_plugin<Sampler>({"euler"}, registry_, {at::kCPU, 2, {}});
  class NoNoise final : public NoiseSource {
    at::Tensor draw(const at::Tensor& like, std::int64_t) override { return like; }
    void skip(const at::Tensor&, std::int64_t) override {}
  } noise;
  const NoisePredictor predict = [](const at::Tensor& x, double) { return 0.5 * x; };
  const StepCallback on_step = [](const SamplerStep&) {};
  const NoiseSchedule schedule;
  SamplerRequest request{predict, schedule, noise, on_step, at::ones({1, 4, 2, 2}), 3};
  EXPECT_EQ(sample(euler, request).sizes(), request.x.sizes());
  request.reversed = true;
  EXPECT_THAT(
      [&] { sample(euler, request); },
      testing::ThrowsMessage<Error>("sampler euler cannot run in reverse; take one that can, such as ddim (miafr "
                                    "plugins describe says which)"));
}

TEST(PluginFolders, RelativeEntriesOfTheEnvironmentAreRefused) {
  ::setenv("MIAFR_PLUGIN_PATH", "/one::plugins", 1);
  EXPECT_THAT([] { PluginRegistry::default_folders({}); },
              testing::ThrowsMessage<Error>(
                  "MIAFR_PLUGIN_PATH: 'plugins' is relative; give absolute folders, separated by colons"));
  ::setenv("MIAFR_PLUGIN_PATH", "/one:/two", 1);
  const auto folders = PluginRegistry::default_folders({miafr_tests::temporary_folder()});
  ASSERT_EQ(folders.size(), 4u);
  EXPECT_EQ(folders[1], "/one");
  ::unsetenv("MIAFR_PLUGIN_PATH");
  EXPECT_THAT([] { PluginRegistry::default_folders({"/no/such/folder"}); },
              testing::ThrowsMessage<Error>("--plugin-dir /no/such/folder: no such folder"));
}

}  // namespace
}  // namespace miafr
