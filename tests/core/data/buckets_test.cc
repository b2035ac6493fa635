#include "core/data/buckets.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace miafr {
namespace {

std::set<std::pair<std::int64_t, std::int64_t>> as_set(const std::vector<PictureSize>& sizes) {
  std::set<std::pair<std::int64_t, std::int64_t>> set;
  for (const PictureSize& size : sizes) set.emplace(size.width, size.height);
  EXPECT_EQ(set.size(), sizes.size());
  return set;
}

// make_bucket_resolutions((512, 512), 256, 1024, 64) of kohya's sd-scripts (library/model_util.py).
TEST(Buckets, AreKohyas) {
  EXPECT_EQ(as_set(bucket_sizes(512)), (std::set<std::pair<std::int64_t, std::int64_t>>{{256, 832},
                                                                                        {256, 896},
                                                                                        {256, 960},
                                                                                        {256, 1024},
                                                                                        {320, 704},
                                                                                        {320, 768},
                                                                                        {384, 640},
                                                                                        {448, 576},
                                                                                        {512, 512},
                                                                                        {576, 448},
                                                                                        {640, 384},
                                                                                        {704, 320},
                                                                                        {768, 320},
                                                                                        {832, 256},
                                                                                        {896, 256},
                                                                                        {960, 256},
                                                                                        {1024, 256}}));
}

TEST(Buckets, OfEverySizeKeepTheirPromise) {
  for (const std::int64_t size : {64, 100, 128, 192, 200, 256, 512, 768, 1024, 8192}) {
    const auto sizes = as_set(bucket_sizes(size));
    EXPECT_TRUE(sizes.count({size / 64 * 64, size / 64 * 64})) << size;
    for (const auto& [width, height] : sizes) {
      EXPECT_EQ(width % 64 + height % 64, 0) << size;
      EXPECT_GT(std::min(width, height), 0) << size;
      EXPECT_LE(width * height, size * size) << size;
      EXPECT_LE(std::max(width, height), 2 * size) << size;
      EXPECT_TRUE(sizes.count({height, width})) << size;
    }
  }
}

PictureSize bucket(std::int64_t width, std::int64_t height) { return nearest_bucket(width, height, bucket_sizes(512)); }

TEST(Buckets, AreChosenByProportions) {
  const auto is = [](PictureSize size, std::int64_t width, std::int64_t height) {
    return size.width == width && size.height == height;
  };
  EXPECT_TRUE(is(bucket(100, 100), 512, 512));
  EXPECT_TRUE(is(bucket(3000, 4000), 448, 576));
  EXPECT_TRUE(is(bucket(4000, 3000), 576, 448));
  EXPECT_TRUE(is(bucket(1080, 1920), 384, 640));  // 0.5625: 0.6 is nearer than 0.4545
  EXPECT_TRUE(is(bucket(1, 1000), 256, 1024));
  EXPECT_TRUE(is(bucket(1000, 1), 1024, 256));
  EXPECT_TRUE(is(nearest_bucket(1000, 1, {{64, 64}}), 64, 64));
}

}  // namespace
}  // namespace miafr
