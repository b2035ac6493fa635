// Latents that are kept between steps and runs.
#include "core/train/latent_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/errors.h"
#include "core/base/log.h"
#include "tests/support/process.h"

namespace miafr {
namespace {

using miafr_tests::temporary_folder;
namespace fs = std::filesystem;

class LatentCacheTest : public testing::Test {
 protected:
  LatentCacheTest() {
    for (const char* name : {"a", "b"}) {
      std::ofstream(photos_ / name) << name;
      all_.push_back({photos_ / name, 8, 8, false, false});
    }
  }

  // How often the autoencoder is asked in two steps with all photos, with the cache in that folder.
  int encodings(const fs::path& folder) {
    int count = 0;
    LatentCache cache(
        LatentCache::Where::kDisk, [&](const at::Tensor& images) { return ++count, images * 2; }, folder, "model");
    const auto load = [](std::size_t i) { return at::full({3, 8, 8}, static_cast<double>(i)); };
    for (int step = 0; step < 2; ++step)
      for (const LatentCache::Photo& photo : all_) {
        const at::Tensor moments = cache.moments({photo}, load);
        EXPECT_EQ(moments.sizes(), at::IntArrayRef({1, 3, 8, 8}));
      }
    return count;
  }

  const fs::path photos_ = temporary_folder();
  std::vector<LatentCache::Photo> all_;
};

TEST_F(LatentCacheTest, ALaterRunEncodesNothing) {
  const fs::path folder = temporary_folder();
  EXPECT_EQ(encodings(folder), 2);
  EXPECT_EQ(encodings(folder), 0);
}

// The stand-in for the encoder tells pictures that come together from ones that come alone.
TEST_F(LatentCacheTest, WhatIsKeptOfAPhotoDoesNotDependOnItsBatch) {
  const auto encode = [](const at::Tensor& images) { return images * images.size(0); };
  const auto load = [](std::size_t) { return at::ones({3, 8, 8}); };
  LatentCache together(LatentCache::Where::kMemory, encode), alone(LatentCache::Where::kMemory, encode);
  const at::Tensor first = alone.moments({all_[0]}, load), second = alone.moments({all_[1]}, load);
  EXPECT_TRUE(together.moments(all_, load).equal(at::cat({first, second})));
  EXPECT_TRUE(together.moments({all_[1]}, load).equal(second));
}

TEST_F(LatentCacheTest, WhereNothingIsKeptABatchIsEncodedTogether) {
  LatentCache none(LatentCache::Where::kNone, [](const at::Tensor& images) { return images * images.size(0); });
  const auto load = [](std::size_t i) { return at::full({3, 8, 8}, static_cast<double>(i)); };
  EXPECT_TRUE(none.moments(all_, load).equal(at::stack({load(0), load(1)}) * 2));
}

// As a full one does: for each photo it is asked to keep.
TEST_F(LatentCacheTest, ADiskThatTakesNothingIsToldOfOnceAndMemoryServes) {
  setup_log("info", "never");
  testing::internal::CaptureStderr();
  EXPECT_EQ(encodings(temporary_folder() / "missing"), 2);
  const std::string told = testing::internal::GetCapturedStderr(), words = "with the latents in memory only";
  EXPECT_THAT(told, testing::HasSubstr(words));
  EXPECT_EQ(told.find(words), told.rfind(words));
}

TEST_F(LatentCacheTest, ALatentThatIsNotFiniteNamesItsPhoto) {
  for (const auto where : {LatentCache::Where::kNone, LatentCache::Where::kMemory}) {
    LatentCache cache(where, [](const at::Tensor& images) { return images / (images - 1); });
    const auto load = [](std::size_t i) { return at::full({3, 8, 8}, static_cast<double>(i)); };
    try {
      cache.moments(all_, load);
      ADD_FAILURE();
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), testing::StartsWith((photos_ / "b").string() + ": comes out of the checkpoint's"));
    }
  }
}

}  // namespace
}  // namespace miafr
