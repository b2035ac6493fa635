// Every format against Pillow's reading, and files that must not be taken for a picture.
#include "core/image/read_image.h"

#include <cstdio>
// jpeglib.h needs <cstdio> before it.
#include <gtest/gtest.h>
#include <jpeglib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <random>
#include <tuple>

#include "core/image/image_header.h"
#include "core/image/photo.h"
#include "tests/support/process.h"
#include "tests/support/safetensors.h"

namespace {

namespace fs = std::filesystem;
using miafr::ImageFault;

const fs::path kGoldens = "tests/goldens/images";

std::string golden_bytes(const std::string& name) { return miafr_tests::read_text(kGoldens / name); }

// The fault of these bytes; none where they are a picture. Nothing may reach stderr.
std::optional<ImageFault> fault_of(const std::string& bytes) {
  testing::internal::CaptureStderr();
  std::optional<ImageFault> fault;
  try {
    miafr::decode_image(bytes);
  } catch (const miafr::ImageError& e) {
    fault = e.fault();
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  return fault;
}

// A noisy picture, so that its JPEG has no spare bits.
cv::Mat noise(int width, int height) {
  std::mt19937 random(7);
  cv::Mat pixels(height, width, CV_8UC3);
  for (int i = 0; i < width * height * 3; ++i) pixels.data[i] = static_cast<unsigned char>(random() >> 8);
  return pixels;
}

std::string encoded(const char* extension, const cv::Mat& pixels, const std::vector<int>& options = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(extension, pixels, bytes, options);
  return {bytes.begin(), bytes.end()};
}

TEST(ReadImage, EveryFormatEqualsPillow) {
  const auto expected = miafr_tests::read_golden("images/expected.safetensors");
  EXPECT_GT(expected.size(), 35u);
  for (const auto& [name, pixels] : expected) {
    const at::Tensor got = miafr::to_tensor(miafr::read_image(kGoldens / name));
    ASSERT_EQ(got.sizes(), pixels.sizes()) << name;
    const int off = (got.to(at::kInt) - pixels.to(at::kInt)).abs().max().item<int>();
    EXPECT_EQ(off, 0) << name;
  }
}

TEST(ReadPhoto, ShrinksByAreaAndGrowsBicubic) {
  const cv::Mat bgr = cv::imread((kGoldens / "rgb.png").string());
  for (const auto& [width, height, method] :
       {std::tuple{12, 10, cv::INTER_AREA}, {12, 40, cv::INTER_AREA}, {48, 40, cv::INTER_CUBIC}}) {
    cv::Mat sized;
    cv::resize(bgr, sized, {width, height}, 0, 0, method);
    const at::Tensor expected = at::from_blob(sized.data, {height, width, 3}, at::kByte).flip(2);
    EXPECT_TRUE(miafr::read_photo(kGoldens / "rgb.png", height, width).equal(expected)) << width << 'x' << height;
  }
}

TEST(ReadImage, FormatAndSizeComeFromTheHeader) {
  const miafr::ImageHeader turned = miafr::read_image_header(golden_bytes("exif6.jpg").substr(0, 700));
  EXPECT_EQ(turned.format, miafr::ImageFormat::kJpeg);
  EXPECT_EQ(turned.width, 24);
  EXPECT_EQ(turned.height, 16);
  EXPECT_EQ(turned.orientation, 6);
}

TEST(ReadImage, TheNameSaysNothing) {
  const fs::path file = miafr_tests::temporary_folder() / "really_a_png.jpg";
  fs::copy_file(kGoldens / "rgb.png", file);
  EXPECT_EQ(miafr::read_image(file).pixels, miafr::read_image(kGoldens / "rgb.png").pixels);
}

// Whatever is missing at the end: refused, or it was not needed.
TEST(ReadImage, CutAnywhere) {
  for (const auto& [name, unused] : miafr_tests::read_golden("images/expected.safetensors")) {
    const std::string whole = golden_bytes(name);
    const std::vector<std::uint8_t> pixels = miafr::decode_image(whole).pixels;
    int taken = 0;
    testing::internal::CaptureStderr();
    for (std::size_t size = 0; size < whole.size(); ++size) {
      try {
        ASSERT_EQ(miafr::decode_image(whole.substr(0, size)).pixels, pixels) << name << " of " << size << " bytes";
        ++taken;
      } catch (const miafr::ImageError&) {
      }
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "") << name;
    EXPECT_LE(taken, name.find(".tif") != std::string::npos ? 2 : 0) << name;
  }
}

TEST(ReadImage, HalfAJpegIsTruncated) {
  const std::string whole = encoded(".jpg", noise(200, 150));
  EXPECT_EQ(fault_of(whole), std::nullopt);
  for (int part = 1; part < 16; ++part)
    EXPECT_EQ(fault_of(whole.substr(0, whole.size() * part / 16)), ImageFault::kTruncated) << part;
  EXPECT_EQ(fault_of(whole.substr(0, whole.size() - 2)), ImageFault::kTruncated) << "without the end marker";
}

TEST(ReadImage, AJpegWithADamagedMiddle) {
  for (const bool progressive : {false, true}) {
    const std::string whole = encoded(".jpg", noise(200, 150), {cv::IMWRITE_JPEG_PROGRESSIVE, progressive});
    for (const char fill : {'\x00', '\x55', '\xff'}) {
      std::string damaged = whole;
      damaged.replace(whole.size() / 2, 100, 100, fill);
      EXPECT_EQ(fault_of(damaged), ImageFault::kDamaged) << progressive << ' ' << static_cast<int>(fill);
    }
  }
}

// A browser that loses the connection may end the file properly.
TEST(ReadImage, AProgressiveJpegWithoutItsLastScans) {
  const std::string whole = golden_bytes("progressive.jpg"), end = "\xff\xd9";
  int scans = 0;
  for (std::size_t scan = whole.find("\xff\xda"); scan != std::string::npos; scan = whole.find("\xff\xda", scan + 2)) {
    if (scans++ == 0) continue;
    const std::size_t tables = whole.rfind("\xff\xc4", scan);  // each scan has its own
    EXPECT_EQ(fault_of(whole.substr(0, tables) + end), ImageFault::kTruncated) << "before scan " << scans;
  }
  EXPECT_EQ(scans, 10);
}

TEST(ReadImage, AJpegWhoseValuesBelongToNoPicture) {
  std::string damaged = golden_bytes("rgb.jpg");
  const std::size_t table = damaged.find("\xff\xdb");
  damaged.replace(table + 5, 64, 64, '\xf0');  // steps of 240
  EXPECT_EQ(fault_of(damaged), ImageFault::kDamaged);
}

TEST(ReadImage, AnyChangedByteOfAPngIsRefused) {
  const std::string whole = golden_bytes("palette.png");
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] ^= 0x55;
    EXPECT_NE(fault_of(damaged), std::nullopt) << at;
  }
  std::string checksum = whole;
  checksum[whole.size() - 17] ^= 1;  // the last byte of the checksum of the pixels
  EXPECT_EQ(fault_of(checksum), ImageFault::kDamaged);
}

std::string with_size(std::string bytes, std::size_t at, const std::string& size) {
  return bytes.replace(at, size.size(), size);
}

TEST(ReadImage, RefusesHugeSizesBeforeDecoding) {
  const std::string png = golden_bytes("rgb.png"), jpeg = golden_bytes("rgb.jpg"), bmp = golden_bytes("rgb.bmp");
  const std::size_t frame = jpeg.find("\xff\xc0");
  EXPECT_EQ(fault_of(with_size(png, 16, std::string("\0\0\x4e\x20\0\0\x4e\x20", 8))), ImageFault::kTooLarge);
  EXPECT_EQ(fault_of(with_size(png, 16, "\xff\xff\xff\xff\xff\xff\xff\xff")), ImageFault::kTooLarge);
  EXPECT_EQ(fault_of(with_size(jpeg, frame + 5, "\xff\xff\xff\xff")), ImageFault::kTooLarge);
  EXPECT_EQ(fault_of(with_size(bmp, 18, std::string("\xff\xff\xff\x7f\0\0\0\x80", 8))), ImageFault::kTooLarge);
  EXPECT_EQ(fault_of("P6 65535 65535 255\n"), ImageFault::kTooLarge);
  EXPECT_EQ(fault_of("P6 99999999999999999999 1 255\n"), ImageFault::kTooLarge);
  EXPECT_EQ(fault_of("P6 0 16 255\n"), ImageFault::kDamaged);
  EXPECT_EQ(fault_of("P6 8192 8192 255\nabc"), ImageFault::kTruncated) << "64 Mi pixels are allowed";
}

TEST(ReadImage, RefusesWhatIsNoImageWithItsReason) {
  EXPECT_EQ(fault_of("<!DOCTYPE html><html>404</html>"), ImageFault::kNotAnImage);
  EXPECT_EQ(fault_of("\xef\xbb\xbf\n<html>"), ImageFault::kNotAnImage);
  EXPECT_EQ(fault_of("hello"), ImageFault::kNotAnImage);
  EXPECT_EQ(fault_of("\xff"), ImageFault::kNotAnImage);
  EXPECT_EQ(fault_of("GIF89a"), ImageFault::kUnsupported);
  EXPECT_EQ(fault_of(std::string("\0\0\0\x18"
                                 "ftypheic",
                                 12)),
            ImageFault::kUnsupported);
  EXPECT_EQ(fault_of("P3 1 1 255 1 2 3"), ImageFault::kUnsupported);
  std::string lab = golden_bytes("plain.tif");
  const std::string rgb("\x06\x01\x03\0\x01\0\0\0\x02", 9);  // PhotometricInterpretation = RGB
  ASSERT_NE(lab.find(rgb), std::string::npos);
  lab[lab.find(rgb) + 8] = 8;
  EXPECT_EQ(fault_of(lab), ImageFault::kUnsupported);
  std::string deep = golden_bytes("rgb.jpg");
  deep[deep.find("\xff\xc0") + 4] = 12;
  EXPECT_EQ(fault_of(deep), ImageFault::kUnsupported);
}

// The orientation's number in a block of another byte order, behind another entry.
TEST(ReadImage, MotorolasExif) {
  const std::string block(
      "Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x0f\0\x02\0\0\0\x02"
      "ab\0\0\x01\x12\0\x03\0\0\0\x01\0\x03\0\0",
      40);
  const std::string segment = std::string("\xff\xe1\0", 3) + static_cast<char>(block.size() + 2) + block;
  const std::string plain = golden_bytes("rgb.jpg");
  const std::string turned = plain.substr(0, 2) + segment + plain.substr(2);
  EXPECT_EQ(miafr::decode_image(turned).pixels, miafr::decode_image(golden_bytes("exif3.jpg")).pixels);
  for (std::size_t size = 6; size < block.size(); ++size) {  // a damaged block refuses no photo
    const std::string cut = std::string("\xff\xe1\0", 3) + static_cast<char>(size + 2) + block.substr(0, size);
    EXPECT_EQ(fault_of(plain.substr(0, 2) + cut + plain.substr(2)), std::nullopt) << size;
  }
}

// A JPEG of one ink colour, as Adobe stores it: 255 minus the ink.
std::string ink_jpeg(J_COLOR_SPACE stored, const std::array<unsigned char, 4>& inks) {
  jpeg_compress_struct jpeg = {};
  jpeg_error_mgr errors = {};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* out = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &out, &size);
  jpeg.image_width = jpeg.image_height = 16;
  jpeg.input_components = 4;
  jpeg.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_colorspace(&jpeg, stored);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<unsigned char> row;
  for (int x = 0; x < 16; ++x)
    for (const unsigned char ink : inks) row.push_back(255 - ink);
  for (int y = 0; y < 16; ++y) {
    JSAMPROW rows = row.data();
    jpeg_write_scanlines(&jpeg, &rows, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  const std::string bytes(reinterpret_cast<char*>(out), size);
  std::free(out);
  return bytes;
}

TEST(ReadImage, InksBecomeLight) {
  struct Case {
    std::array<unsigned char, 4> inks;  // cyan, magenta, yellow, black
    int rgb[3];
  };
  for (const Case& c : {Case{{0, 255, 255, 0}, {255, 0, 0}}, Case{{0, 0, 0, 255}, {0, 0, 0}},
                        Case{{0, 0, 0, 0}, {255, 255, 255}}, Case{{255, 0, 0, 128}, {0, 127, 127}}})
    for (const J_COLOR_SPACE stored : {JCS_CMYK, JCS_YCCK}) {
      const miafr::Image image = miafr::decode_image(ink_jpeg(stored, c.inks));
      for (int i = 0; i < 3; ++i) EXPECT_NEAR(image.pixels[i], c.rgb[i], 2) << stored;
    }
}

struct FileCase {
  const char* name;
  ImageFault fault;
  const char* text;
};

TEST(ReadImage, WhatIsNotARegularFile) {
  const fs::path folder = miafr_tests::temporary_folder();
  std::ofstream(folder / "empty.jpg");
  fs::create_directory(folder / "folder.jpg");
  ASSERT_EQ(::mkfifo((folder / "fifo.jpg").c_str(), 0600), 0);
  ASSERT_EQ(::mknod((folder / "socket.jpg").c_str(), S_IFSOCK | 0600, 0), 0);
  fs::create_symlink("nowhere", folder / "link.jpg");
  fs::create_symlink("/dev/zero", folder / "device.jpg");
  std::ofstream(folder / "large.jpg");
  fs::resize_file(folder / "large.jpg", miafr::kMaxFileBytes + 1);  // sparse
  std::ofstream(folder / "page\n.jpg") << "<html>";
  const FileCase cases[] = {{"empty.jpg", ImageFault::kEmpty, "0 bytes"},
                            {"folder.jpg", ImageFault::kNotAFile, "folder"},
                            {"fifo.jpg", ImageFault::kNotAFile, "FIFO"},
                            {"socket.jpg", ImageFault::kNotAFile, "socket"},
                            {"device.jpg", ImageFault::kNotAFile, "device"},
                            {"link.jpg", ImageFault::kUnreadable, "link to nothing"},
                            {"missing.jpg", ImageFault::kUnreadable, "no such file"},
                            {"large.jpg", ImageFault::kTooLarge, "268435457 bytes"},
                            {"page\n.jpg", ImageFault::kNotAnImage, "page\\x0a.jpg: not an image but HTML"}};
  for (const FileCase& c : cases) {
    try {
      miafr::read_image(folder / c.name);
      FAIL() << c.name;
    } catch (const miafr::ImageError& e) {
      const std::string text = e.what();
      EXPECT_EQ(e.fault(), c.fault) << text << ", " << miafr::name_of(e.fault());
      EXPECT_EQ(text.rfind(folder.string(), 0), 0u) << text;
      EXPECT_NE(text.find(c.text), std::string::npos) << text;
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
    }
  }
}

TEST(ReadImage, WithoutPermission) {
  const fs::path file = miafr_tests::temporary_folder() / "private.jpg";
  fs::copy_file(kGoldens / "rgb.jpg", file);
  fs::permissions(file, fs::perms::none);
  const bool root = ::geteuid() == 0;
  ASSERT_EQ(::seteuid(root ? 65534 : ::geteuid()), 0);  // root reads everything
  std::optional<ImageFault> fault;
  try {
    miafr::read_image(file);
  } catch (const miafr::ImageError& e) {
    fault = e.fault();
  }
  ASSERT_EQ(::seteuid(root ? 0 : ::geteuid()), 0);
  EXPECT_EQ(fault, ImageFault::kUnreadable);
}

}  // namespace
