// PNG files with text and JPEG files, against OpenCV, and the grid.
#include <gtest/gtest.h>

#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/base/errors.h"
#include "core/image/grid.h"
#include "core/image/jpeg.h"
#include "core/image/png.h"
#include "tests/support/files.h"

namespace {

namespace fs = std::filesystem;

at::Tensor some_pixels() { return at::arange(5 * 7 * 3, at::kByte).view({5, 7, 3}); }

TEST(Png, OpenCvReadsThePixels) {
  const fs::path file = miafr_tests::temporary_folder() / "a.png";
  miafr::write_png(file, some_pixels());
  const cv::Mat read = cv::imread(file.string(), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(read.rows, 5);
  ASSERT_EQ(read.cols, 7);
  ASSERT_EQ(read.type(), CV_8UC3);
  const cv::Vec3b pixel = read.at<cv::Vec3b>(2, 3);  // blue, green, red
  EXPECT_EQ(pixel, cv::Vec3b((2 * 7 + 3) * 3 + 2, (2 * 7 + 3) * 3 + 1, (2 * 7 + 3) * 3));
}

// Of a size that is no multiple of JPEG's blocks of 16 pixels.
TEST(Jpeg, HasOpenCvsBytes) {
  cv::Mat bgr(37, 53, CV_8UC3);
  cv::RNG(1).fill(bgr, cv::RNG::UNIFORM, 0, 256);
  cv::GaussianBlur(bgr, bgr, {7, 7}, 0);
  miafr::Image image(bgr.cols, bgr.rows);
  cv::cvtColor(bgr, cv::Mat(bgr.rows, bgr.cols, CV_8UC3, image.pixels.data()), cv::COLOR_BGR2RGB);
  for (const int quality : {50, 90}) {
    std::vector<std::uint8_t> theirs;
    cv::imencode(".jpg", bgr, theirs, {cv::IMWRITE_JPEG_QUALITY, quality});
    EXPECT_EQ(miafr::encode_jpeg(image, quality), std::string(theirs.begin(), theirs.end())) << quality;
  }
}

TEST(Jpeg, RefusesWhatTheFormatCannotHold) {
  EXPECT_THROW(miafr::encode_jpeg({}, 90), miafr::Error);
  EXPECT_THROW(miafr::encode_jpeg(miafr::Image(70000, 1), 90), miafr::Error);
}

TEST(Png, TextsComeBack) {
  const fs::path file = miafr_tests::temporary_folder() / "a.png";
  const std::map<std::string, std::string> texts = {{"miafr", R"({"prompt": "Ünïcödé 北京 😀"})"}, {"Comment", ""}};
  miafr::write_png(file, some_pixels(), texts);
  EXPECT_EQ(miafr::read_png_texts(file), texts);
}

TEST(Png, NeverReplacesAFile) {
  const fs::path folder = miafr_tests::temporary_folder(), file = folder / "a.png";
  std::ofstream(file) << "mine";
  EXPECT_THROW(miafr::write_png(file, some_pixels()), miafr::Error);
  EXPECT_EQ(fs::file_size(file), 4u);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 1);
}

TEST(Png, RefusesWhatIsNone) {
  const fs::path folder = miafr_tests::temporary_folder();
  std::ofstream(folder / "text.png") << "not a picture at all";
  miafr::write_png(folder / "whole.png", some_pixels(), {{"miafr", "{}"}});
  fs::copy_file(folder / "whole.png", folder / "half.png");
  fs::resize_file(folder / "half.png", 20);
  for (const char* name : {"text.png", "half.png", "missing.png"}) {
    try {
      miafr::read_png_texts(folder / name);
      FAIL() << name;
    } catch (const miafr::Error& e) {
      EXPECT_NE(std::string(e.what()).find(name), std::string::npos) << e.what();
    }
  }
}

TEST(Grid, RowsOfPicturesUnderTheirLabels) {
  const at::Tensor red = at::zeros({16, 40, 3}, at::kByte);
  red.select(2, 0).fill_(255);
  const at::Tensor grid = miafr::make_grid({{"a label", {red, red}}, {"ünïcödé and far too long for it", {red}}});
  ASSERT_EQ(grid.dim(), 3);
  const auto red_pixels = (grid.select(2, 0).eq(255) & grid.select(2, 1).eq(0)).sum().item<int64_t>();
  EXPECT_EQ(red_pixels, 3 * 16 * 40);
  EXPECT_GT(grid.lt(128).all(2).sum().item<int64_t>(), 50) << "labels are drawn in black";
}

}  // namespace
