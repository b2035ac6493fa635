#include "core/train/eight_bit_state.h"

#include <torch/types.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "core/train/vectorised.h"

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

// A value's place is found by its upper 16 bits: in each such bin lies at most one boundary between two codes, since
// bins are 1/128 of a power of two wide at most and the map's values further apart. (A binary search over the
// boundaries, at::bucketize, takes most of a step's time on a CPU.)
struct EightBitCodebook {
  at::Tensor map;                          // float32 [256], ascending from -0.993 (or 0) to 1
  at::Tensor boundaries;                   // float32 [256]: what is above boundaries[c] has a code above c
  at::Tensor first_code;                   // int32 [2^16], by bin: the code of its lowest value
  std::vector<std::uint8_t> first_code_8;  // the same

  EightBitCodebook(EightBitState::Range range, at::Device device);

  // float32 -> int32 of the same shape, 0 .. 255.
  at::Tensor codes(const at::Tensor& scaled) const {
    const at::Tensor bins = scaled.flatten().view(at::kInt).bitwise_right_shift(16).bitwise_and_(0xFFFF);
    const at::Tensor first = first_code.index_select(0, bins).view_as(scaled);
    return first + (scaled > boundaries.index_select(0, first.flatten()).view_as(scaled));
  }
};

EightBitCodebook::EightBitCodebook(EightBitState::Range range, at::Device device) : map(dynamic_map(range)) {
  at::Tensor middles = (map.slice(0, 0, 255) + map.slice(0, 1)) / 2;
  if (range == EightBitState::Range::kNonNegative) middles[0] = 0;  // what is above 0 does not become 0
  boundaries = at::cat({middles, at::full({1}, std::numeric_limits<float>::infinity())});

  std::vector<std::int32_t> lowest(1 << 16);
  for (std::uint32_t bin = 0; bin < lowest.size(); ++bin) {
    const bool is_negative = bin >> 15 != 0;  // then the lowest is the largest magnitude
    lowest[bin] = static_cast<std::int32_t>(bin << 16 | (is_negative ? 0xFFFF : 0));
  }
  first_code = at::bucketize(at::tensor(lowest, at::kInt).view(at::kFloat), middles, /*out_int32=*/true);
  first_code_8.assign(first_code.const_data_ptr<std::int32_t>(), first_code.const_data_ptr<std::int32_t>() + (1 << 16));
  map = map.to(device);
  boundaries = boundaries.to(device);
  first_code = first_code.to(device);
}

namespace {

// One for all states of a device; it goes with the last of them.
std::shared_ptr<const EightBitCodebook> shared_codebook(EightBitState::Range range, at::Device device) {
  static std::mutex mutex;
  static std::map<std::pair<EightBitState::Range, std::string>, std::weak_ptr<const EightBitCodebook>> known;
  const std::lock_guard lock(mutex);
  auto& entry = known[{range, device.str()}];
  auto codebook = entry.lock();
  if (!codebook) entry = codebook = std::make_shared<const EightBitCodebook>(range, device);
  return codebook;
}

}  // namespace

EightBitState::EightBitState(std::int64_t size, Range range, at::Device device)
    : codebook_(shared_codebook(range, device)) {
  const std::int64_t code_of_zero = range == Range::kSigned ? 127 : 0;
  codes_ = at::full({size}, code_of_zero, at::TensorOptions(at::kByte).device(device));
  absmax_ = at::zeros({(size + kBlock - 1) / kBlock}, at::TensorOptions(at::kFloat).device(device));
}

at::Tensor EightBitState::decode(std::int64_t begin, std::int64_t length) const {
  const at::Tensor values = codebook_->map.index_select(0, codes_.narrow(0, begin, length).to(at::kInt));
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
  const at::Tensor codes = codebook_->codes(by_block / divisor.unsqueeze(1));  // of -1..1, [blocks, kBlock]
  codes_.narrow(0, begin, length).copy_(codes.view({-1}).narrow(0, 0, length));
  absmax_.narrow(0, begin / kBlock, blocks).copy_(absmax);
}

void EightBitState::decode_block(std::int64_t block, float* values) const {
  const auto* const codes = codes_.const_data_ptr<std::uint8_t>() + block * kBlock;
  const auto* const map = codebook_->map.const_data_ptr<float>();
  const float absmax = absmax_.const_data_ptr<float>()[block];
  const std::int64_t length = length_of(block);
  for (std::int64_t i = 0; i < length; ++i) values[i] = map[codes[i]] * absmax;
  std::fill(values + length, values + kBlock, 0.0f);
}

namespace {

// Loops of a fixed length, which compilers turn into vector instructions. Magnitudes are compared as whole numbers,
// whose order is theirs.
MIAFR_VECTORISED float scale_block(const float* __restrict values, float* __restrict scaled) {
  std::int32_t bits[EightBitState::kBlock], largest = 0;
  std::memcpy(bits, values, sizeof bits);
  for (int i = 0; i < EightBitState::kBlock; ++i) largest = std::max(largest, bits[i] & 0x7FFFFFFF);
  float absmax = 0;
  std::memcpy(&absmax, &largest, sizeof absmax);
  const float divisor = absmax < kSmallestAbsmax ? std::numeric_limits<float>::infinity() : absmax;
  for (int i = 0; i < EightBitState::kBlock; ++i) scaled[i] = values[i] / divisor;
  return absmax;
}

}  // namespace

void EightBitState::encode_block(std::int64_t block, const float* values) {
  float scaled[kBlock];
  absmax_.mutable_data_ptr<float>()[block] = scale_block(values, scaled);
  std::uint32_t bits[kBlock];
  std::memcpy(bits, scaled, sizeof bits);
  const std::uint8_t* const first_code = codebook_->first_code_8.data();
  const auto* const boundaries = codebook_->boundaries.const_data_ptr<float>();
  auto* const codes = codes_.mutable_data_ptr<std::uint8_t>() + block * kBlock;
  const std::int64_t length = length_of(block);
  for (std::int64_t i = 0; i < length; ++i) {
    const std::uint8_t first = first_code[bits[i] >> 16];
    codes[i] = static_cast<std::uint8_t>(first + (scaled[i] > boundaries[first] ? 1 : 0));
  }
}

}  // namespace miafr
