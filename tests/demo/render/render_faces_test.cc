// The command: its folders, its table of truth, its contact sheet and its refusals.
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <sstream>

#include "demo/render/face.h"
#include "tests/support/process.h"

namespace miafr_tests {
namespace {

ProcessResult render_faces(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), data_file("demo/render/render_faces").string());
  return run_process(arguments);
}

std::vector<std::vector<std::string>> rows_of(const fs::path& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_text(csv));
  for (std::string line; std::getline(text, line);) {
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

TEST(RenderFaces, WritesFoldersAndTheirTruth) {
  const fs::path out = temporary_folder() / "faces";
  const ProcessResult run = render_faces({out, "--identities", "2", "--first", "5", "--ages", "child", "old",
                                          "--photos", "3", "--eyeglasses", "0.5", "--size", "48"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto rows = rows_of(out / "truth.csv");
  ASSERT_EQ(rows.size(), 1 + 2 * 2 * 3U);
  for (const auto& row : rows) EXPECT_EQ(row.size(), 20U);
  EXPECT_EQ(rows[1][0], "5/child/0.png");
  EXPECT_EQ(rows.back()[0], "6/old/2.png");
  int glasses = 0;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    const bool worn = row[4] == "1";
    glasses += worn;
    // The seeds of the row draw the picture of the row again, with the same truth.
    const auto age = row[2] == "child" ? miafr::demo::AgeLabel::kChild : miafr::demo::AgeLabel::kOld;
    const auto face = miafr::demo::render_face(miafr::demo::draw_identity(std::stoull(row[1])), age, worn,
                                               miafr::demo::draw_nuisance(std::stoull(row[5])), 48);
    const cv::Mat stored = cv::imread((out / row[0]).string());
    ASSERT_EQ(stored.size(), face.image.size()) << row[0];
    EXPECT_EQ(cv::norm(stored, face.image, cv::NORM_INF), 0) << row[0];
    EXPECT_NEAR(std::stof(row[10]), face.landmarks[2].x, 0.006F);
    EXPECT_NEAR(std::stof(row[19]), face.face.y + face.face.height, 0.006F);
  }
  EXPECT_GT(glasses, 1);
  EXPECT_LT(glasses, 11);
}

TEST(RenderFaces, LeavesAFolderThatHasFacesAsItIs) {
  const fs::path out = temporary_folder() / "faces";
  const auto draw = [&](const char* first) {
    return render_faces({out, "--identities", "1", "--first", first, "--ages", "old", "--photos", "1"});
  };
  ASSERT_EQ(draw("5").exit_code, 0);
  const std::string truth = read_text(out / "truth.csv");
  const ProcessResult again = draw("6");
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_EQ(again.err, "render_faces: " + out.string() +
                           ": has drawn faces already, as its truth.csv says; name another folder\n");
  EXPECT_EQ(read_text(out / "truth.csv"), truth);
  EXPECT_FALSE(fs::exists(out / "6"));
}

TEST(RenderFaces, WritesTheContactSheet) {
  const fs::path sheet = temporary_folder() / "sheet.png";
  const ProcessResult run = render_faces({"--sheet", sheet, "--identities", "2", "--size", "32"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const cv::Mat picture = cv::imread(sheet.string());
  EXPECT_GT(picture.cols, 12 * 32);
  EXPECT_GT(picture.rows, 2 * 32);
}

TEST(RenderFaces, RefusesInOneLine) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> refused = {
      {{}, "render_faces: name OUT, or --sheet FILE.png; see: render_faces --help\n"},
      {{"x", "--ages", "adult"},
       "render_faces: --ages adult: allowed are child, teenager, youngadults, middleaged, elderly, old\n"},
      {{"x", "--size", "8"}, "render_faces: --size: allowed are 16..1024\n"},
      {{"x", "--photos", "0"}, "render_faces: --photos: at least 1\n"},
      {{"x", "--eyeglasses", "nan"}, "render_faces: --eyeglasses: allowed is 0..1\n"},
      {{"x", "--nope"}, "render_faces: unrecognised option '--nope'; see: render_faces --help\n"}};
  for (const auto& [arguments, line] : refused) {
    const ProcessResult run = render_faces(arguments);
    EXPECT_EQ(run.exit_code, 2);
    EXPECT_EQ(run.err, line);
  }
  const ProcessResult run = render_faces({"/proc/nowhere/out"});
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_EQ(run.err, "render_faces: /proc/nowhere/out: No such file or directory\n");
  EXPECT_EQ(render_faces({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace miafr_tests
