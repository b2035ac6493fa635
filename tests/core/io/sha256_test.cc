// SHA-256 against published digests and those of coreutils' sha256sum.
#include "core/io/sha256.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "core/base/errors.h"
#include "tests/support/process.h"

namespace {

namespace fs = std::filesystem;
using miafr::sha256_of;

constexpr const char* kEmpty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-4

fs::path file_with(const std::string& content) {
  const fs::path file = miafr_tests::temporary_folder() / "file";
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

TEST(Sha256, OfAFile) {
  EXPECT_EQ(sha256_of(file_with("")), kEmpty);
  EXPECT_EQ(sha256_of(file_with("abc")), kAbc);
  // head -c 3000000 /dev/zero | sha256sum: several reads
  EXPECT_EQ(sha256_of(file_with(std::string(3'000'000, '\0'))),
            "35bce4eae54ec8e6cc2868baa8d157914d6ae2858811b4cc0c078c94460fa26f");
  EXPECT_THROW(sha256_of("missing"), miafr::Error);
}

TEST(Sha256, OfAFolderFollowsFromItsFiles) {
  const fs::path folder = miafr_tests::temporary_folder();
  fs::create_directories(folder / "b");
  std::ofstream(folder / "b" / "abc") << "abc";
  std::ofstream(folder / "a");
  const std::string lines = std::string(kEmpty) + "  a\n" + kAbc + "  b/abc\n";  // as sha256sum lists them
  EXPECT_EQ(sha256_of(folder), sha256_of(file_with(lines)));
}

TEST(Sha256, OfALargeFileIsRememberedUntilItChanges) {
  ::setenv("XDG_CACHE_HOME", miafr_tests::temporary_folder().c_str(), 1);
  const fs::path cache = fs::path(std::getenv("XDG_CACHE_HOME")) / "miafr" / "sha256";
  const fs::path file = file_with("x");
  fs::resize_file(file, miafr::kRememberedSize + 1);
  const std::string hash = sha256_of(file);
  ASSERT_TRUE(fs::exists(cache));
  // Answered from the cache: a digest that was put there comes back.
  std::string known = miafr_tests::read_text(cache);
  known.replace(known.find(hash), 4, "0000");
  std::ofstream(cache) << known;
  EXPECT_EQ(sha256_of(file), "0000" + hash.substr(4));
  std::fstream(file, std::ios::in | std::ios::out) << "y";
  const std::string changed = sha256_of(file);
  EXPECT_NE(changed, hash);
  EXPECT_NE(changed, "0000" + hash.substr(4));
}

TEST(Sha256, CanBeEndedHalfWay) {
  ::setenv("XDG_CACHE_HOME", miafr_tests::temporary_folder().c_str(), 1);
  struct Ended {};
  const fs::path file = file_with("x");
  fs::resize_file(file, miafr::kRememberedSize + 1);
  int calls = 0;
  const auto end = [&] {
    if (++calls == 3) throw Ended();
  };
  EXPECT_THROW(sha256_of(file, end), Ended);
  EXPECT_EQ(calls, 3);
  EXPECT_FALSE(fs::exists(fs::path(std::getenv("XDG_CACHE_HOME")) / "miafr" / "sha256")) << "half a hash is none";
  calls = -100;
  sha256_of(file, end);
  EXPECT_EQ(calls, -100 + 65) << "once for each MiB";
  calls = 0;
  EXPECT_THROW(sha256_of(file_with(std::string(5 << 20, 'x')).parent_path(), end), Ended) << "in a folder, too";
}

}  // namespace
