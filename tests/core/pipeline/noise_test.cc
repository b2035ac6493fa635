// The noise of a run: LibTorch's Philox against its authors' known answers, streams that no batch can change, torch's
// own stream.
#include "core/pipeline/noise.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/PhiloxRNGEngine.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace {

using miafr::PerImageNoise;

TEST(Philox, GivesTheKnownAnswers) {  // kat_vectors of Random123, philox4x32 10
  const auto words = [](const std::array<std::uint64_t, 4>& counter, std::uint64_t key) {
    at::Philox4_32 random(key, counter[2] | counter[3] << 32, counter[0] | counter[1] << 32);
    std::vector<std::uint32_t> four(4);
    for (std::uint32_t& word : four) word = random();
    return four;
  };
  EXPECT_EQ(words({{0, 0, 0, 0}}, 0), (std::vector<std::uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(words({{~0u, ~0u, ~0u, ~0u}}, ~0ull),
            (std::vector<std::uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0x299f31d0a4093822ull),
            (std::vector<std::uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(PerImageNoise, IsTheSameInEveryBatch) {
  PerImageNoise three(42), last(44);
  const at::Tensor batch = three.start({3, 4, 5, 7});
  EXPECT_TRUE(at::equal(batch.slice(0, 2), last.start({1, 4, 5, 7})));
  EXPECT_TRUE(at::equal(three.draw(batch, 9).slice(0, 2), last.draw(batch.slice(0, 2), 9)));
}

TEST(PerImageNoise, DiffersBetweenSeedsAndSteps) {
  PerImageNoise noise(1);
  const at::Tensor x = noise.start({2, 4, 8, 8}), step0 = noise.draw(x, 0), step1 = noise.draw(x, 1);
  EXPECT_FALSE(at::equal(x[0], x[1]));
  EXPECT_FALSE(at::equal(x, step0));
  EXPECT_FALSE(at::equal(step0, step1));
}

TEST(PerImageNoise, IsStandardNormal) {
  PerImageNoise noise(7);
  const at::Tensor x = noise.start({1, 4, 512, 512}).to(at::kDouble);
  const double count = x.numel();
  EXPECT_NEAR(x.mean().item<double>(), 0, 4 / std::sqrt(count));
  EXPECT_NEAR(x.var().item<double>(), 1, 4 * std::sqrt(2 / count));
  EXPECT_NEAR(x.pow(4).mean().item<double>(), 3, 4 * std::sqrt(96 / count));
  const at::Tensor flat = x.flatten();
  EXPECT_NEAR((flat.slice(0, 1) * flat.slice(0, 0, -1)).mean().item<double>(), 0, 4 / std::sqrt(count));
}

TEST(BatchNoise, DrawsWhatTorchDraws) {
  auto mine = at::detail::createCPUGenerator(42), torchs = at::detail::createCPUGenerator(42);
  miafr::BatchNoise noise(mine);
  const at::Tensor x = at::randn({2, 4, 8, 8}, torchs, at::kFloat);
  EXPECT_TRUE(at::equal(noise.start({2, 4, 8, 8}), x));
  noise.skip(x, 0);
  at::randn({2, 4, 8, 8}, torchs, at::kFloat);
  EXPECT_TRUE(at::equal(noise.draw(x, 1), at::randn({2, 4, 8, 8}, torchs, at::kFloat)));
}

}  // namespace
