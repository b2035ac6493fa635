// What a kind's hash is over, by changing a copy of the SDK: whatever a plugin of the kind can see changes it, and the
// host then refuses the plugin; comments, white space, and headers of other kinds do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "core/plugin/abi.h"
#include "core/runtime/plugin_library.h"
#include "tests/support/files.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::fs::path;
using testing::ElementsAre;

using Hashes = std::map<std::string, std::string>;  // of the kinds

std::vector<std::string> words(const char* variable) {
  std::istringstream all(std::getenv(variable));
  return {std::istream_iterator<std::string>(all), {}};
}

void append(const path& file, const std::string& text) { std::ofstream(file, std::ios::app) << text; }

class SdkCopy : public testing::Test {
 protected:
  SdkCopy() {
    for (const std::string& header : headers_)
      miafr_tests::copy_writable(miafr_tests::data_file(header), folder_ / header);
    static const Hashes untouched = hashes_of(sdk_hash_h());
    original_ = untouched;
  }

  std::string sdk_hash_h() const {
    std::vector<std::string> command = {miafr_tests::data_file("core/plugin/sdk_hash.sh").string(), "gcc"};
    const auto add = [&](const std::vector<std::string>& more) {
      command.insert(command.end(), more.begin(), more.end());
    };
    add(words("KINDS"));
    add({"--"});
    add(headers_);
    const miafr_tests::ProcessResult result = miafr_tests::run_process(command, {}, folder_);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  static Hashes hashes_of(const std::string& text) {
    const std::regex line("kind == \"(\\w+)\"\\) return 0x(\\w+)u");
    Hashes found;
    for (std::sregex_iterator i(text.begin(), text.end(), line), end; i != end; ++i) found[(*i)[1]] = (*i)[2];
    return found;
  }

  // By those of the copy as it is now.
  std::set<std::string> changed_kinds(const Hashes& now) const {
    std::set<std::string> changed;
    for (const auto& [kind, hash] : now)
      if (hash != original_.at(kind)) changed.insert(kind);
    return changed;
  }

  // Of a plugin that is built against the copy, with this sdk_hash.h.
  std::string refusal(const std::string& kind, const std::string& hash_header) const {
    miafr_tests::fs::create_directories(folder_ / "torch" / "headeronly");
    std::ofstream(folder_ / "torch" / "headeronly" / "version.h")  // all that abi.h has of LibTorch
        << "#define TORCH_VERSION \"" << TORCH_VERSION << "\"\n#define TORCH_VERSION_MAJOR " << TORCH_VERSION_MAJOR
        << "\n#define TORCH_VERSION_MINOR " << TORCH_VERSION_MINOR << "\n";
    std::ofstream(folder_ / "core" / "plugin" / "sdk_hash.h") << hash_header;
    std::ofstream(folder_ / "vendor.cc")
        << "#include \"core/plugin/abi.h\"\n"
           "struct Interface {};\n"
           "struct Plugin : Interface { Plugin(const miafr::Params&, miafr::HostContext&) {} };\n"
           "template <> struct miafr::PluginKind<Interface> { static constexpr const char* kName = \""
        << kind << "\"; };\nMIAFR_PLUGIN(Interface, Plugin, \"vendor\", \"1.0\", \"for tests\", miafr::kNoParams)\n";
    const miafr_tests::ProcessResult built = miafr_tests::run_process(
        {"/usr/bin/g++", "-std=c++17", "-shared", "-fPIC", "-I.", "vendor.cc", "-o", "libvendor.so"}, {}, folder_);
    EXPECT_EQ(built.exit_code, 0) << built.err;
    try {
      PluginLibrary::load(folder_ / "libvendor.so");
    } catch (const PluginError& e) {
      return e.what();
    }
    return "accepted";
  }

  const std::vector<std::string> headers_ = words("HEADERS");
  const path folder_ = miafr_tests::temporary_folder();
  Hashes original_;
};

TEST_F(SdkCopy, HasTheHashesOfThisHost) {
  ASSERT_GE(original_.size(), 6u);
  for (const auto& [kind, hash] : original_) {
    std::ostringstream own;
    own << std::hex << std::setw(16) << std::setfill('0') << sdk_hash(kind);
    EXPECT_EQ(hash, own.str()) << kind;
  }
  EXPECT_EQ(refusal("loss", sdk_hash_h()), "accepted");
}

class SdkHeader : public SdkCopy, public testing::WithParamInterface<std::string> {};

// No header of the SDK is without a kind that sees it.
TEST_P(SdkHeader, WithAMemberMoreIsRefused) {
  append(folder_ / GetParam(), "\nnamespace miafr { struct Added { int member; }; }\n");
  const std::string hash_header = sdk_hash_h();
  const Hashes now = hashes_of(hash_header);
  const std::set<std::string> changed = changed_kinds(now);
  ASSERT_FALSE(changed.empty());
  const std::string& kind = *changed.begin();
  EXPECT_THAT(refusal(kind, hash_header),
              testing::AllOf(testing::HasSubstr("libvendor.so: is built differently from this host: SDK headers " +
                                                now.at(kind) + " (host: " + original_.at(kind) + "); rebuild it: ")));
}

INSTANTIATE_TEST_SUITE_P(All, SdkHeader, testing::ValuesIn(words("HEADERS")),
                         [](const auto& header) { return std::regex_replace(header.param, std::regex("\\W"), "_"); });

TEST_F(SdkCopy, AKindsHeadersAreNoOtherKinds) {
  const auto kinds_that_see = [&](const std::string& header) {
    const std::string before = miafr_tests::read_text(folder_ / header);
    append(folder_ / header, "\nstruct Added {};\n");
    const std::set<std::string> kinds = changed_kinds(hashes_of(sdk_hash_h()));
    std::ofstream(folder_ / header) << before;
    return kinds;
  };
  EXPECT_THAT(kinds_that_see("core/plugin/loss.h"), ElementsAre("loss"));
  EXPECT_THAT(kinds_that_see("core/plugin/quality.h"), ElementsAre("quality"));
  EXPECT_THAT(kinds_that_see("core/plugin/sampler.h"), ElementsAre("sampler"));
  EXPECT_THAT(kinds_that_see("core/plugin/noise_schedule.h"), ElementsAre("sampler"));
  EXPECT_THAT(kinds_that_see("core/plugin/editor.h"), ElementsAre("editor"));
  EXPECT_THAT(kinds_that_see("core/nn/unet.h"),
              testing::AllOf(testing::Not(testing::Contains("loss")), testing::Not(testing::Contains("sampler")),
                             testing::Contains("face_matcher")));
  // What the host hands to any plugin that asks for it is every kind's.
  for (const char* header : {"host_context.h", "face_matcher.h", "age_estimator.h"})
    EXPECT_EQ(kinds_that_see(std::string("core/plugin/") + header).size(), original_.size()) << header;
}

TEST_F(SdkCopy, CommentsAndWhiteSpaceDoNotCount) {
  for (const std::string& header : headers_)
    append(folder_ / header, "\n\n// A typo is mended.\n/* and\n another */  \n");
  EXPECT_THAT(changed_kinds(hashes_of(sdk_hash_h())), testing::IsEmpty());
}

}  // namespace
}  // namespace miafr
