#include "core/train/eight_bit_state.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <limits>

#include "tests/support/safetensors.h"

namespace miafr {
namespace {

using Range = EightBitState::Range;

at::Tensor random_values(std::int64_t size) {
  // From 1e-8 to 1: what lies far below its block's largest is lost, and shall be.
  at::Generator random = at::make_generator<at::CPUGeneratorImpl>(5);
  return at::randn({size}, random) * at::pow(10, at::rand({size}, random) * -8);
}

at::Tensor round_trip(const at::Tensor& values, Range range) {
  EightBitState state(values.numel(), range, at::kCPU);
  state.encode(0, values);
  return state.decode(0, values.numel());
}

TEST(DynamicMap, EqualsBitsandbytes) {
  const auto reference =
      miafr_tests::read_safetensors(miafr_tests::data_file("tests/core/train/reference/reference.safetensors"));
  EXPECT_TRUE(at::allclose(dynamic_map(Range::kSigned), reference.at("map.signed"), 3e-7, 0));
  EXPECT_TRUE(at::allclose(dynamic_map(Range::kNonNegative), reference.at("map.unsigned"), 3e-7, 0));
}

TEST(EightBitState, BeginsWithZeros) {
  for (const Range range : {Range::kSigned, Range::kNonNegative})
    EXPECT_TRUE(at::equal(EightBitState(1000, range, at::kCPU).decode(0, 1000), at::zeros({1000})));
}

TEST(EightBitState, BlocksAreTheSameBitsAsAll) {
  constexpr std::int64_t kSize = 256 * 7 + 19, kBlock = EightBitState::kBlock;
  for (const Range range : {Range::kSigned, Range::kNonNegative}) {
    at::Tensor values = range == Range::kSigned ? random_values(kSize) : random_values(kSize).abs();
    values.slice(0, kBlock, 2 * kBlock).zero_();
    EightBitState whole(kSize, range, at::kCPU), by_block(kSize, range, at::kCPU);
    whole.encode(0, values);
    const at::Tensor padded = at::constant_pad_nd(values, {0, 8 * kBlock - kSize});
    at::Tensor decoded = at::ones({8 * kBlock});
    for (std::int64_t block = 0; block < 8; ++block) {
      by_block.encode_block(block, padded.const_data_ptr<float>() + block * kBlock);
      by_block.decode_block(block, decoded.mutable_data_ptr<float>() + block * kBlock);
    }
    EXPECT_TRUE(at::equal(by_block.codes(), whole.codes()));
    EXPECT_TRUE(at::equal(by_block.absmax(), whole.absmax()));
    EXPECT_TRUE(at::equal(decoded, at::constant_pad_nd(whole.decode(0, kSize), {0, 8 * kBlock - kSize})));
  }
}

// Between two neighbours of the map an error is at most half their distance; the widest gaps are at the top decade.
TEST(EightBitState, ErrorsStayWithinHalfAGapOfTheMap) {
  constexpr std::int64_t kSize = 256 * 40 + 17;
  for (const Range range : {Range::kSigned, Range::kNonNegative}) {
    const at::Tensor values = range == Range::kSigned ? random_values(kSize) : random_values(kSize).abs();
    const at::Tensor error = (round_trip(values, range) - values).abs();
    const double steps = range == Range::kSigned ? 64 : 128;
    for (std::int64_t begin = 0; begin < kSize; begin += EightBitState::kBlock) {
      const std::int64_t end = std::min(kSize, begin + EightBitState::kBlock);
      const at::Tensor block = values.slice(0, begin, end).abs(), block_error = error.slice(0, begin, end);
      const double absmax = block.max().item<double>();
      EXPECT_LE(block_error.max().item<double>(), 0.5 * 0.9 / steps * absmax * 1.001);
      if (values[begin + block.argmax().item<std::int64_t>()].item<float>() > 0) {  // the map has 1, but not -1
        EXPECT_EQ(block_error[block.argmax()].item<double>(), 0);
      }
      // Each decade has its own fineness: relative errors stay below a quarter three decades down.
      const at::Tensor upper = block >= absmax * 1e-3;
      EXPECT_LT((block_error / block).masked_select(upper).max().item<double>(), 0.25);
    }
  }
}

// Against at::bucketize, whose boundaries are halfway between neighbours of the map; at the boundaries themselves, too.
TEST(EightBitState, TakesTheNearestOfTheMap) {
  for (const Range range : {Range::kSigned, Range::kNonNegative}) {
    const at::Tensor map = dynamic_map(range), boundaries = (map.slice(0, 0, 255) + map.slice(0, 1)) / 2;
    const float infinity = std::numeric_limits<float>::infinity();
    at::Tensor values =
        at::cat({boundaries, at::nextafter(boundaries, at::full({1}, infinity)),
                 at::nextafter(boundaries, at::full({1}, -infinity)), map, random_values(100000).clamp(-1, 1)});
    if (range == Range::kNonNegative) values = values.abs();
    // Each block of 256 begins with 1: its scale.
    values =
        at::cat({at::ones({values.numel() / 255, 1}), values.slice(0, 0, values.numel() / 255 * 255).view({-1, 255})},
                1)
            .flatten();
    EightBitState state(values.numel(), range, at::kCPU);
    state.encode(0, values);
    at::Tensor expected = at::bucketize(values, boundaries);
    if (range == Range::kNonNegative) expected = at::maximum(expected, (values > 0).to(at::kLong));
    EXPECT_TRUE(at::equal(state.codes().to(at::kLong), expected));
  }
}

TEST(EightBitState, EncodesWhatItDecodedToTheSameCodes) {
  const at::Tensor values = random_values(3000);
  values.slice(0, 0, 3000, EightBitState::kBlock).fill_(5);  // each block's largest, which is kept as it is
  EightBitState state(3000, Range::kSigned, at::kCPU);
  state.encode(0, values);
  const at::Tensor codes = state.codes().clone(), absmax = state.absmax().clone();
  state.encode(0, state.decode(0, 3000));
  EXPECT_TRUE(at::equal(state.codes(), codes));
  EXPECT_TRUE(at::equal(state.absmax(), absmax));
}

TEST(EightBitState, PartsEqualTheWhole) {
  const at::Tensor values = random_values(256 * 5 + 100);
  EightBitState parts(values.numel(), Range::kSigned, at::kCPU);
  parts.encode(0, values.slice(0, 0, 512));
  parts.encode(512, values.slice(0, 512));
  EXPECT_TRUE(at::equal(parts.decode(0, values.numel()), round_trip(values, Range::kSigned)));
  EXPECT_TRUE(at::equal(parts.decode(1024, 300), round_trip(values, Range::kSigned).slice(0, 1024, 1324)));
}

TEST(EightBitState, NothingAboveZeroBecomesZeroWhereZeroWouldDivide) {
  const at::Tensor values = at::tensor({1.0f, 1e-9f, 0.0f});
  const at::Tensor decoded = round_trip(values, Range::kNonNegative);
  EXPECT_GT(decoded[1].item<float>(), 0);
  EXPECT_EQ(decoded[2].item<float>(), 0);
  EXPECT_EQ(round_trip(values, Range::kSigned)[1].item<float>(), 0);
}

TEST(EightBitState, SubnormalBlocksAreZeros) {
  EXPECT_TRUE(at::equal(round_trip(at::full({300}, 1e-40), Range::kNonNegative), at::zeros({300})));
}

}  // namespace
}  // namespace miafr
