// A third party's day: write a plugin from the template, build it with g++ alone in a folder without the source tree,
// use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/process.h"

namespace miafr_tests {
namespace {

using testing::HasSubstr;

class VendorFolder {
 protected:
  // The installed layout elsewhere: nothing of the source or build tree is beside it.
  VendorFolder() : home_(temporary_folder()), work_(temporary_folder()) {
    fs::copy(prefix(), home_ / "opt", fs::copy_options::recursive);
  }

  ProcessResult miafr_there(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), (home_ / "opt" / "bin" / "miafr").string());
    return run_process(arguments, {}, work_);
  }
  ProcessResult build(const std::string& name) {
    const std::string compile = "g++ $(" + (home_ / "opt" / "bin" / "miafr").string() +
                                " plugins flags) -Wall -Wextra -Werror " + name + ".cc -o lib" + name + ".so";
    return run_process({"/bin/bash", "-c", compile}, {}, work_);
  }

  const fs::path home_, work_;
};

class OutOfTree : public VendorFolder, public testing::TestWithParam<const char*> {};
class OutOfTreeSdk : public VendorFolder, public testing::Test {};

TEST_P(OutOfTree, TheTemplateBuildsAndPassesItsChecks) {
  const ProcessResult created = miafr_there({"plugins", "new", GetParam(), "my_own"});
  ASSERT_EQ(created.exit_code, 0) << created.err;
  const ProcessResult again = miafr_there({"plugins", "new", GetParam(), "my_own"});
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.err, "miafr: error: my_own.cc is there already; choose another name or remove it\n");

  const ProcessResult built = build("my_own");
  ASSERT_EQ(built.exit_code, 0) << built.err;
  const ProcessResult checked = miafr_there({"--plugin-dir", ".", "plugins", "check", "my_own"});
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
  EXPECT_THAT(checked.out, HasSubstr(std::string(GetParam()) + " my_own (" + (work_ / "libmy_own.so").string() + ")"));
  EXPECT_THAT(checked.out, HasSubstr(" passed, 0 failed, 0 skipped\n"));

  // Never from the working folder by itself.
  EXPECT_THAT(miafr_there({"plugins", "list"}).out, testing::Not(HasSubstr("my_own")));
}

INSTANTIATE_TEST_SUITE_P(Kinds, OutOfTree,
                         testing::Values("loss", "sampler", "face_detector", "face_matcher", "age_estimator",
                                         "quality", "editor"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST_F(OutOfTreeSdk, ChangedHeadersAreNoticed) {
  ASSERT_EQ(miafr_there({"plugins", "new", "loss", "stale"}).exit_code, 0);
  // As if the vendor had built against the SDK of another release.
  const fs::path hash = home_ / "opt" / "include" / "miafr" / "core" / "plugin" / "sdk_hash.h";
  std::string text = read_text(hash);
  text.replace(text.find("0x") + 2, 4, "0000");
  fs::remove(hash);
  std::ofstream(hash) << text;
  ASSERT_EQ(build("stale").exit_code, 0);
  const ProcessResult checked = miafr_there({"--plugin-dir", ".", "plugins", "check", "stale"});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.out, HasSubstr("libstale.so: is built differently from this host: SDK headers 0000"));
}

}  // namespace
}  // namespace miafr_tests
