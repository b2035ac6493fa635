// Pillow's bicubic, byte for byte, and the hash that stands on it.
#include "core/image/resize_bicubic.h"

#include <gtest/gtest.h>

#include "core/image/difference_hash.h"
#include "core/image/photo.h"
#include "core/image/read_image.h"
#include "tests/support/safetensors.h"

namespace {

miafr::Image image_of(const at::Tensor& tensor) {
  miafr::Image image(static_cast<int>(tensor.size(1)), static_cast<int>(tensor.size(0)));
  std::copy_n(tensor.data_ptr<std::uint8_t>(), image.pixels.size(), image.pixels.begin());
  return image;
}

TEST(ResizeBicubic, EqualsPillow) {
  const auto golden = miafr_tests::read_golden("bicubic.safetensors");
  const miafr::Image source = image_of(golden.at("source"));
  EXPECT_GE(golden.size(), 4u);
  for (const auto& [name, expected] : golden) {
    const auto width = static_cast<int>(expected.size(1)), height = static_cast<int>(expected.size(0));
    const at::Tensor got = miafr::to_tensor(miafr::resize_bicubic(source, width, height));
    EXPECT_TRUE(got.equal(expected)) << name << ": " << (got.to(at::kInt) - expected.to(at::kInt)).abs().max();
  }
}

TEST(ResizeBicubic, OneSideAlone) {
  const miafr::Image source = image_of(miafr_tests::read_golden("bicubic.safetensors").at("source"));
  const miafr::Image narrow = miafr::resize_bicubic(source, 7, source.height);
  EXPECT_EQ(miafr::resize_bicubic(narrow, 7, 5).pixels, miafr::resize_bicubic(source, 7, 5).pixels);
}

miafr::Image golden_image(const char* name) {
  return miafr::read_image(miafr_tests::data_file(std::string("tests/goldens/images/") + name));
}

TEST(DifferenceHash, OfPillowsPixels) {  // by make_goldens.py
  EXPECT_EQ(miafr::difference_hash(golden_image("rgb.png")), 0xffcfdfffffffffffu);
  EXPECT_EQ(miafr::difference_hash(golden_image("grey.jpg")), 0xffcfcfffffffffffu);
}

TEST(DifferenceHash, ACopyIsNearAndAMirroredPictureIsNot) {
  const miafr::Image picture = golden_image("rgb.png");
  const std::uint64_t hash = miafr::difference_hash(picture);
  EXPECT_LE(miafr::hash_distance(hash, miafr::difference_hash(golden_image("subsampled.jpg"))), miafr::kNearDuplicate);
  EXPECT_LE(miafr::hash_distance(hash, miafr::difference_hash(miafr::resize_bicubic(picture, 60, 50))),
            miafr::kNearDuplicate);
  EXPECT_GT(miafr::hash_distance(hash, miafr::difference_hash(golden_image("exif2.jpg"))), 32);
  EXPECT_EQ(miafr::hash_distance(0, ~std::uint64_t{0}), 64);
}

TEST(DifferenceHash, WithoutAGradientIsZero) { EXPECT_EQ(miafr::difference_hash(miafr::Image(20, 30)), 0u); }

}  // namespace
