// Which files of a folder are images by their names, and which are refused.
#include "core/image/find_images.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "core/base/errors.h"
#include "tests/support/files.h"

namespace {

namespace fs = std::filesystem;

void touch(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file) << "x";
}

std::vector<std::string> below(const fs::path& root, const std::vector<fs::path>& paths) {
  std::vector<std::string> names;
  for (const fs::path& path : paths) names.push_back(path.lexically_relative(root).string());
  return names;
}

using Names = std::vector<std::string>;

TEST(FindImages, ByExtensionInTheOrderOfBytes) {
  const fs::path root = miafr_tests::temporary_folder();
  for (const char* name : {"b.jpg", "B.PNG", "a.JPeG", "ä.webp", "notes.txt", ".hidden.jpg", ".thumbs/c.jpg", "jpg",
                           "x.heic", "deep/er/d.tif", "deep.jpg/e.bmp"})
    touch(root / name);
  const miafr::FoundImages flat = miafr::find_images(root, false), all = miafr::find_images(root, true);
  EXPECT_EQ(below(root, flat.files), (Names{"B.PNG", "a.JPeG", "b.jpg", "x.heic", "ä.webp"}));
  ASSERT_EQ(flat.refused.size(), 1u);
  EXPECT_EQ(flat.refused[0].path.filename(), "deep.jpg");
  EXPECT_NE(flat.refused[0].reason.find("folder"), std::string::npos);
  EXPECT_EQ(below(root, all.files),
            (Names{"B.PNG", "a.JPeG", "b.jpg", "deep.jpg/e.bmp", "deep/er/d.tif", "x.heic", "ä.webp"}));
  EXPECT_TRUE(all.refused.empty());
}

TEST(FindImages, AnyName) {
  const fs::path root = miafr_tests::temporary_folder();
  const Names names = {"-rf.jpg", "a\nb.jpg", "a b.jpg", std::string(251, 'x') + ".jpg", "\xff\xfe.jpg", "北京.jpg"};
  for (const std::string& name : names) touch(root / name);
  EXPECT_EQ(miafr::find_images(root, true).files.size(), names.size());
}

TEST(FindImages, LinksStayInside) {
  const fs::path outside = miafr_tests::temporary_folder(), root = miafr_tests::temporary_folder() / "root";
  touch(outside / "secret.jpg");
  touch(root.string() + "-beside/secret.jpg");  // its path begins with the root's
  touch(root / "sub/a.jpg");
  fs::create_symlink(outside / "secret.jpg", root / "out.jpg");
  fs::create_symlink("../root-beside/secret.jpg", root / "beside.jpg");
  fs::create_symlink(outside, root / "outside");
  fs::create_symlink("nowhere", root / "dangling.jpg");
  fs::create_symlink("sub/a.jpg", root / "same.jpg");
  fs::create_symlink("..", root / "sub/cycle");
  fs::create_symlink("loop.jpg", root / "loop.jpg");
  const miafr::FoundImages found = miafr::find_images(root, true);
  EXPECT_EQ(below(root, found.files), (Names{"same.jpg", "sub/a.jpg"}));
  std::vector<fs::path> refused;
  for (const miafr::RefusedPath& path : found.refused) refused.push_back(path.path);
  EXPECT_EQ(below(root, refused), (Names{"beside.jpg", "dangling.jpg", "loop.jpg", "out.jpg", "outside"}));
  EXPECT_NE(found.refused[0].reason.find("outside"), std::string::npos) << found.refused[0].reason;
  EXPECT_NE(found.refused[1].reason.find("nothing"), std::string::npos) << found.refused[1].reason;
}

TEST(FindImages, TheFolderItselfMayBeALink) {
  const fs::path root = miafr_tests::temporary_folder();
  touch(root / "real/a.jpg");
  fs::create_symlink("a.jpg", root / "real/b.jpg");
  fs::create_symlink("real", root / "link");
  EXPECT_EQ(below(root, miafr::find_images(root / "link", true).files), (Names{"link/a.jpg", "link/b.jpg"}));
}

TEST(FindImages, NoFolder) {
  const fs::path root = miafr_tests::temporary_folder();
  touch(root / "a.jpg");
  EXPECT_THROW(miafr::find_images(root / "missing", true), miafr::Error);
  EXPECT_THROW(miafr::find_images(root / "a.jpg", true), miafr::Error);
  EXPECT_TRUE(miafr::find_images(miafr_tests::temporary_folder(), true).files.empty());
}

}  // namespace
