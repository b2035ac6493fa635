// A vector of an optimizer's state in 8 bits per element: block-wise dynamic quantisation (Dettmers et al.,
// "8-bit Optimizers via Block-wise Quantization", arXiv 2110.02861, section 2).
//
//   code -> value:  map[code] * absmax[block]      block = 256 elements, absmax = its largest magnitude
//
// The 256 values of the map are those of dynamic tree quantisation (1.3 and appendix F.1): seven decades below 1, the
// upper ones with more values.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>
#include <memory>

namespace miafr {

struct EightBitCodebook;  // the map and what finds a value's place in it, on one device

class EightBitState {
 public:
  static constexpr std::int64_t kBlock = 256;

  // kSigned for exp_avg. kNonNegative for exp_avg_sq: twice as fine, and what is above 0 never becomes 0, since a
  // denominator that rounds to epsilon makes a step of any size (the paper rounds to nearest there too).
  enum class Range { kSigned, kNonNegative };

  // Zeros. `size` elements.
  EightBitState(std::int64_t size, Range range, at::Device device);

  // Elements [begin, begin + length) as float32 [length]; begin is a multiple of kBlock.
  at::Tensor decode(std::int64_t begin, std::int64_t length) const;

  // Replaces elements from `begin` on, a multiple of kBlock, by `values` (float32, [length]), which end at a block's
  // end or at the vector's.
  void encode(std::int64_t begin, const at::Tensor& values);

  // One block of a state on the CPU, many times as fast as the operations above: elements from kBlock * block on.
  // values [kBlock], zeros beyond the end of the state. Different blocks may be encoded at the same time.
  void decode_block(std::int64_t block, float* values) const;
  void encode_block(std::int64_t block, const float* values);

  const at::Tensor& codes() const { return codes_; }    // uint8 [size]
  const at::Tensor& absmax() const { return absmax_; }  // float32 [ceil(size / kBlock)]

 private:
  std::int64_t length_of(std::int64_t block) const { return std::min(kBlock, codes_.numel() - block * kBlock); }

  std::shared_ptr<const EightBitCodebook> codebook_;
  at::Tensor codes_, absmax_;
};

// float32 [256] on the CPU, ascending; equal to bitsandbytes' create_dynamic_map.
at::Tensor dynamic_map(EightBitState::Range range);

}  // namespace miafr
