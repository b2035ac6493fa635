// What a killed process has left is removed by the next one, and nothing that is anybody's.
#include "core/io/abandoned.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "core/io/atomic_file.h"
#include "core/io/temporary_folder.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using miafr_tests::temporary_folder;

void make_old(const fs::path& path) {
  const timespec times[2] = {{1, 0}, {1, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

fs::path old_folder(const fs::path& path) {
  fs::create_directories(path);
  std::ofstream(path / "large.bin") << "x";
  make_old(path);
  return path;
}

TEST(Abandoned, OnlyWhatIsOldFreeAndNamedSo) {
  const fs::path folder = temporary_folder();
  const fs::path old = old_folder(folder / ".work-abcdef"), used = old_folder(folder / ".work-used00"),
                 other = old_folder(folder / ".work-a"), longer = old_folder(folder / ".work-abcdefgh"),
                 young = folder / ".work-young0";
  fs::create_directories(young);
  fs::create_directory_symlink(old_folder(folder / "elsewhere"), folder / ".work-link00");
  const InUse use(used);
  remove_abandoned(folder, ".work-");
  EXPECT_FALSE(fs::exists(old));
  for (const fs::path& kept : {used, other, longer, young, folder / "elsewhere" / "large.bin", folder / ".work-link00"})
    EXPECT_TRUE(fs::exists(kept)) << kept;
  remove_abandoned(folder / "no such folder", ".work-");
}

TEST(Abandoned, AFolderThatIsNoLongerInUseIsFree) {
  const fs::path folder = temporary_folder(), old = old_folder(folder / ".work-abcdef");
  { const InUse use(old); }
  remove_abandoned(folder, ".work-");
  EXPECT_FALSE(fs::exists(old));
}

TEST(Abandoned, ATemporaryFolderOfAKilledProcessGoesWithTheNext) {
  const fs::path folder = temporary_folder();
  ::setenv("TMPDIR", folder.c_str(), 1);
  const pid_t child = ::fork();
  if (child == 0) {
    const TemporaryFolder killed;
    std::ofstream(killed.path() / "large.bin") << "x";
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  ASSERT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
  const fs::path left = fs::directory_iterator(folder)->path();
  { const TemporaryFolder next; }
  EXPECT_TRUE(fs::exists(left)) << "it is young";
  make_old(left);
  { const TemporaryFolder next; }
  EXPECT_FALSE(fs::exists(left));
  ::unsetenv("TMPDIR");
}

// Gigabytes, where it was a checkpoint.
TEST(Abandoned, AnUnfinishedLargeFileGoesWithTheNextOfItsName) {
  constexpr std::uint64_t kLarge = 1 << 30;
  const fs::path folder = temporary_folder();
  for (const char* name : {".model.ckpt.abcdef", ".other.ckpt.abcdef"}) {
    std::ofstream(folder / name) << "x";
    make_old(folder / name);
  }
  AtomicFile first(folder / "model.ckpt", kLarge);
  EXPECT_FALSE(fs::exists(folder / ".model.ckpt.abcdef"));
  EXPECT_TRUE(fs::exists(folder / ".other.ckpt.abcdef"));
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) make_old(entry.path());
  AtomicFile second(folder / "model.ckpt", kLarge);  // beside the first, which is in use
  first.write("whole");
  first.commit();
  EXPECT_EQ(miafr_tests::read_text(folder / "model.ckpt"), "whole");
}

}  // namespace
}  // namespace miafr
