#include "core/data/draws.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "core/base/errors.h"

namespace miafr {
namespace {

std::vector<TrainingImage> images(std::size_t count, std::int64_t width = 512, std::int64_t height = 512) {
  return std::vector<TrainingImage>(count, {"photo.png", "a photo", width, height});
}

std::vector<TrainingImage> images(const std::vector<std::size_t>& buckets) {
  std::vector<TrainingImage> all;
  for (std::size_t b = 0; b < buckets.size(); ++b)
    for (std::size_t i = 0; i < buckets[b]; ++i)
      all.push_back({"photo.png", "a photo", static_cast<std::int64_t>(64 * (b + 1)), 512});
  std::mt19937 mix(1);
  std::shuffle(all.begin(), all.end(), mix);
  return all;
}

std::vector<std::size_t> shown(const std::vector<Drawn>& batch) {
  std::vector<std::size_t> indices;
  for (const Drawn& drawn : batch) indices.push_back(drawn.image);
  return indices;
}

bool equal(const StepDraw& a, const StepDraw& b) {
  const auto same = [](const Drawn& x, const Drawn& y) { return x.image == y.image && x.flipped == y.flipped; };
  return std::equal(a.train.begin(), a.train.end(), b.train.begin(), b.train.end(), same) &&
         std::equal(a.reg.begin(), a.reg.end(), b.reg.begin(), b.reg.end(), same);
}

// What both sets show in batches laid end to end.
struct Stream {
  std::vector<std::size_t> train, reg;
};
Stream stream(const Draws& draws, std::int64_t steps) {
  Stream all;
  for (std::int64_t s = 0; s < steps; ++s) {
    const StepDraw draw = draws.at(s);
    for (const std::size_t i : shown(draw.train)) all.train.push_back(i);
    for (const std::size_t i : shown(draw.reg)) all.reg.push_back(i);
  }
  return all;
}

void expect_passes(const std::vector<std::size_t>& stream, std::size_t images) {
  for (std::size_t begin = 0; begin + images <= stream.size(); begin += images) {
    const std::set<std::size_t> pass(stream.begin() + begin, stream.begin() + begin + images);
    ASSERT_EQ(pass.size(), images) << "in the pass at " << begin;
    ASSERT_LT(*pass.rbegin(), images);
  }
}

TEST(Draws, NeitherSetIsTruncatedByTheOther) {
  for (const std::int64_t batch : {1, 3, 8, 50}) {
    for (const auto& [train, reg] : std::vector<std::pair<std::size_t, std::size_t>>{{5, 612}, {29, 7}, {1, 1}}) {
      const Stream all = stream(Draws({images(train), images(reg)}, batch, 0.5, 23), 1300 / batch + 1);
      ASSERT_EQ(all.train.size(), all.reg.size());
      expect_passes(all.train, train);
      expect_passes(all.reg, reg);
    }
  }
}

TEST(Draws, EveryPassHasAnOrderOfItsOwn) {
  const Stream all = stream(Draws({images(20), images(20)}, 20, 0.5, 23), 4);
  std::set<std::vector<std::size_t>> orders;
  for (const auto* set : {&all.train, &all.reg})
    for (int pass = 0; pass < 4; ++pass) orders.emplace(set->begin() + 20 * pass, set->begin() + 20 * (pass + 1));
  EXPECT_EQ(orders.size(), 8u);  // the two sets differ in theirs, too
}

TEST(Draws, EveryOrderIsAsLikely) {
  std::map<std::vector<std::size_t>, int> counts;
  const Draws draws({images(4), {}}, 4, 0, 7);
  constexpr int kPasses = 24000;
  for (int s = 0; s < kPasses; ++s) ++counts[shown(draws.at(s).train)];
  ASSERT_EQ(counts.size(), 24u);
  double chi_squared = 0;  // of 23 degrees of freedom: 52.6 in one of 2500 runs
  for (const auto& entry : counts) chi_squared += std::pow(entry.second - kPasses / 24.0, 2) / (kPasses / 24.0);
  EXPECT_LT(chi_squared, 49.7);  // 0.1 %
}

TEST(Draws, AreAFunctionOfSeedAndStep) {
  const TrainingSets sets{images(29), images({30, 4, 1})};
  const Draws in_order(sets, 3, 0.5, 23), other_seed(sets, 3, 0.5, 24);
  std::vector<StepDraw> expected;
  for (std::int64_t s = 0; s < 200; ++s) expected.push_back(in_order.at(s));
  std::vector<std::int64_t> steps(200);
  std::iota(steps.begin(), steps.end(), 0);
  std::shuffle(steps.begin(), steps.end(), std::mt19937(3));
  const Draws mixed(sets, 3, 0.5, 23);
  int differ = 0;
  for (const std::int64_t s : steps) {
    EXPECT_TRUE(equal(mixed.at(s), expected[s])) << s;
    EXPECT_TRUE(equal(Draws(sets, 3, 0.5, 23).at(s), expected[s])) << s;
    differ += !equal(other_seed.at(s), expected[s]);
  }
  EXPECT_GT(differ, 190);
}

// Numbers that no later version may change: a run that is resumed with it must go on as it began.
TEST(Draws, StayAsTheyAre) {
  const Draws draws({images(10), images({2, 3})}, 5, 0.5, 23);
  const StepDraw draw = draws.at(1234567);
  EXPECT_EQ(shown(draw.train), (std::vector<std::size_t>{5, 1, 3, 6, 7}));
  EXPECT_EQ(shown(draw.reg), (std::vector<std::size_t>{2, 2, 4, 3, 3}));
}

TEST(Draws, FlipsAreChance) {
  for (const double p : {0.0, 0.2, 0.5, 1.0}) {
    const Draws draws({images(10), images(10)}, 10, p, 23);
    std::vector<int> flipped(10, 0);
    int both = 0;
    constexpr int kSteps = 2000;
    for (int s = 0; s < kSteps; ++s) {
      const StepDraw draw = draws.at(s);
      for (const Drawn& drawn : draw.train) flipped[drawn.image] += drawn.flipped;
      both += draw.train[0].flipped && draw.reg[0].flipped;
    }
    const double deviation = std::sqrt(p * (1 - p) / kSteps);
    for (const int count : flipped) EXPECT_NEAR(count / double(kSteps), p, 4 * deviation) << p;
    EXPECT_NEAR(both / double(kSteps), p * p, 4 * deviation + 1e-9) << p;  // the sets flip independently
  }
}

TEST(Draws, WithoutARegularisationSet) {
  const Draws draws({images(3), {}}, 2, 0, 1);
  EXPECT_EQ(draws.at(5).train.size(), 2u);
  EXPECT_TRUE(draws.at(5).reg.empty());
}

struct Buckets {
  std::vector<std::size_t> sizes;
  std::int64_t batch;
};

class BucketDraws : public testing::TestWithParam<Buckets> {};

TEST_P(BucketDraws, KeepTheirPromise) {
  const auto& [sizes, batch] = GetParam();
  const std::vector<TrainingImage> set = images(sizes);
  const auto bucket_of = [&](std::size_t image) { return set[image].width / 64 - 1; };
  const Draws draws({set, {}}, batch, 0, 5);
  const double n = static_cast<double>(set.size());
  std::vector<std::int64_t> turns(sizes.size(), 0);
  std::vector<std::map<std::size_t, int>> counts(sizes.size());
  for (std::int64_t s = 0; s < 700; ++s) {
    const std::vector<std::size_t> batch_images = shown(draws.at(s).train);
    ASSERT_EQ(batch_images.size(), static_cast<std::size_t>(batch));
    const std::int64_t bucket = bucket_of(batch_images[0]);
    ++turns[bucket];
    for (const std::size_t image : batch_images) {
      ASSERT_EQ(bucket_of(image), bucket);  // one size
      ++counts[bucket][image];
    }
    for (std::size_t b = 0; b < sizes.size(); ++b)
      ASSERT_LT(std::abs(turns[b] - (s + 1) * static_cast<double>(sizes[b]) / n), 1)
          << "bucket " << b << ", step " << s;
    // Passes within the bucket: no image is shown twice more than another.
    int least = 1 << 30, most = 0, images_shown = 0;
    for (const auto& [image, count] : counts[bucket]) {
      least = std::min(least, count);
      most = std::max(most, count);
      ++images_shown;
    }
    if (images_shown < static_cast<int>(sizes[bucket])) least = 0;
    ASSERT_LE(most - least, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, BucketDraws,
                         testing::Values(Buckets{{1}, 1}, Buckets{{7, 3, 1}, 4}, Buckets{{100, 1, 1}, 8},
                                         Buckets{{5, 5, 5}, 2}, Buckets{{29, 13, 7, 3, 2, 1, 1}, 3},
                                         Buckets{{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1}));

TEST(BucketDraws, AreInProportionAfterACycle) {
  const std::vector<TrainingImage> set = images({12, 6, 2});  // gcd 2: a cycle of 10 steps
  const Draws draws({set, {}}, 4, 0, 5);
  std::map<std::int64_t, int> turns;
  for (int s = 30; s < 40; ++s) ++turns[set[draws.at(s).train[0].image].width];
  EXPECT_EQ(turns, (std::map<std::int64_t, int>{{64, 6}, {128, 3}, {192, 1}}));
}

TEST(Draws, RefuseNonsense) {
  EXPECT_THROW(Draws({{}, images(3)}, 1, 0, 0), Error);
  EXPECT_THROW(Draws({images(3), {}}, 0, 0, 0), Error);
  EXPECT_THROW(Draws({images(3), {}}, 1, 0, 0).at(-1), Error);
}

}  // namespace
}  // namespace miafr
