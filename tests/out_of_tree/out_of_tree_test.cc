// A third party's day: write a plugin from the template, build it with g++ alone in a folder without the source tree,
// use it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <iterator>
#include <sstream>

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

  void expect_good(const std::string& folder) {
    const ProcessResult checked = miafr_there({"--plugin-dir", folder, "plugins", "check", "my_own"});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr(" passed, 0 failed, 0 skipped\n"));
  }

  const fs::path home_, work_;
};

class OutOfTree : public VendorFolder, public testing::TestWithParam<std::string> {};
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
  EXPECT_THAT(checked.out, HasSubstr(GetParam() + " my_own (" + (work_ / "libmy_own.so").string() + ")"));
  EXPECT_THAT(checked.out, HasSubstr(" passed, 0 failed, 0 skipped\n"));

  // Never from the working folder by itself.
  EXPECT_THAT(miafr_there({"plugins", "list"}).out, testing::Not(HasSubstr("my_own")));
}

std::vector<std::string> kinds() {
  std::istringstream words(std::getenv("KINDS"));
  return {std::istream_iterator<std::string>(words), {}};
}

INSTANTIATE_TEST_SUITE_P(Kinds, OutOfTree, testing::ValuesIn(kinds()), [](const auto& kind) { return kind.param; });

// In a folder `build`, as `./miafr install` leaves the SDK.
TEST_F(OutOfTreeSdk, ALossBuildsWithCMake) {
  ASSERT_EQ(miafr_there({"plugins", "new", "loss", "my_own"}).exit_code, 0);
  std::ofstream(work_ / "CMakeLists.txt") << "cmake_minimum_required(VERSION 3.18)\n"
                                             "project(vendor CXX)\n"
                                             "find_package(miafr REQUIRED)\n"
                                             "miafr_add_plugin(my_own my_own.cc)\n";
  const ProcessResult configured =
      run_process({"cmake", "-S", ".", "-B", "build", "-DCMAKE_PREFIX_PATH=" + (home_ / "opt").string()}, {}, work_);
  ASSERT_EQ(configured.exit_code, 0) << configured.out << configured.err;
  const ProcessResult built = run_process({"cmake", "--build", "build"}, {}, work_);
  ASSERT_EQ(built.exit_code, 0) << built.out << built.err;
  expect_good("build");
}

// And may include the networks.
TEST_F(OutOfTreeSdk, ALossBuildsWithPkgConfig) {
  ASSERT_EQ(miafr_there({"plugins", "new", "loss", "my_own"}).exit_code, 0);
  const std::string source = read_text(work_ / "my_own.cc");
  std::ofstream(work_ / "my_own.cc") << "#include \"core/nn/autoencoder_kl.h\"\n"
                                        "#include \"core/nn/clip_text_encoder.h\"\n"
                                        "#include \"core/nn/unet.h\"\n"
                                     << source;
  const fs::path folder = home_ / "opt" / "lib" / "pkgconfig";
  fs::create_directories(folder);
  std::ofstream(folder / "miafr.pc") << miafr_there({"plugins", "flags", "--as", "pkg-config"}).out;
  fs::create_directories(work_ / "build");
  const ProcessResult built =
      run_process({"/bin/bash", "-c", "g++ my_own.cc $(pkg-config --cflags --libs miafr) -o build/libmy_own.so"},
                  {{"PKG_CONFIG_PATH", folder.string()}}, work_);
  ASSERT_EQ(built.exit_code, 0) << built.err;
  expect_good("build");
}

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
