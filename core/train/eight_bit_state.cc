#include "core/train/eight_bit_state.h"

#include <torch/types.h>

#include <cmath>
#include <limits>
#include <vector>

namespace miafr {
namespace {

// A block below this counts as zeros: its quotients would meet the subnormal numbers.
constexpr double kSmallestAbsmax = 1e-30;

}  // namespace

at::Tensor dynamic_map(EightBitState::Range range) {
  constexpr int kDecades = 7;
  const bool is_signed = range == EightBitState::Range::kSigned;
  std::vector<at::Tensor> parts = {at::zeros({1}), at::ones({1})};
  for (int decade = 0; decade < kDecades; ++decade) {
    // The middles of 2^decade equal parts of [0.1, 1] (of twice as many where no code is spent on a sign).
    const std::int64_t count = (is_signed ? 1 : 2) << decade;
    const at::Tensor edges = at::linspace(0.1, 1, count + 1);
    const at::Tensor values =
        (edges.slice(0, 0, count) + edges.slice(0, 1)) / 2 * std::pow(10.0, decade - kDecades + 1);
    parts.push_back(values);
    if (is_signed) parts.push_back(-values);
  }
  return std::get<0>(at::cat(parts).sort());
}

EightBitState::EightBitState(std::int64_t size, Range range, at::Device device)
    : map_(dynamic_map(range)), range_(range) {
  boundaries_ = ((map_.slice(0, 0, 255) + map_.slice(0, 1)) / 2).to(device);
  const std::int64_t code_of_zero = range == Range::kSigned ? 127 : 0;
  codes_ = at::full({size}, code_of_zero, at::TensorOptions(at::kByte).device(device));
  absmax_ = at::zeros({(size + kBlock - 1) / kBlock}, at::TensorOptions(at::kFloat).device(device));
  map_ = map_.to(device);
}

at::Tensor EightBitState::decode(std::int64_t begin, std::int64_t length) const {
  const at::Tensor values = map_.index_select(0, codes_.narrow(0, begin, length).to(at::kInt));
  const at::Tensor absmax = absmax_.narrow(0, begin / kBlock, (length + kBlock - 1) / kBlock);
  const std::int64_t whole = length / kBlock * kBlock;
  values.narrow(0, 0, whole).view({-1, kBlock}).mul_(absmax.narrow(0, 0, whole / kBlock).unsqueeze(1));
  if (whole < length) values.narrow(0, whole, length - whole).mul_(absmax.slice(0, -1));
  return values;
}

void EightBitState::encode(std::int64_t begin, const at::Tensor& values) {
  const std::int64_t length = values.numel(), blocks = (length + kBlock - 1) / kBlock;
  const at::Tensor padded = length % kBlock == 0 ? values : at::constant_pad_nd(values, {0, blocks * kBlock - length});
  const at::Tensor by_block = padded.view({blocks, kBlock});
  const at::Tensor absmax = by_block.abs().amax(1);
  const at::Tensor divisor = absmax.masked_fill(absmax < kSmallestAbsmax, std::numeric_limits<float>::infinity());
  const at::Tensor scaled = by_block / divisor.unsqueeze(1);  // [blocks, kBlock], in -1..1
  at::Tensor codes = at::bucketize(scaled, boundaries_, /*out_int32=*/true);
  if (range_ == Range::kNonNegative) codes = at::maximum(codes, (scaled > 0).to(at::kInt));
  codes_.narrow(0, begin, length).copy_(codes.view({-1}).narrow(0, 0, length));
  absmax_.narrow(0, begin / kBlock, blocks).copy_(absmax);
}

}  // namespace miafr
