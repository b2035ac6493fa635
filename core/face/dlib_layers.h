// What dlib's face networks are made of: convolutions followed by a factor and a shift per channel (batch normalisation
// as dlib freezes it), and residual blocks that need no convolution to change size.
#pragma once

#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "core/face/face_layers.h"

namespace miafr {

// Both networks want (RGB 0..255 - kDlibMean) / kDlibScale.
inline constexpr std::array<double, 3> kDlibMean{122.782, 117.001, 104.298};
inline constexpr double kDlibScale = 256;

// A convolution with bias, then * gamma + beta (any shape of [out] elements).
inline FixedConv2d dlib_convolution(const at::Tensor& weight, const at::Tensor& bias, const at::Tensor& gamma,
                                    const at::Tensor& beta, int64_t stride, int64_t padding) {
  const at::Tensor scale = gamma.flatten();
  return {weight * scale.view({-1, 1, 1, 1}), bias * scale + beta.flatten(), {{stride, stride}, {padding, padding}}};
}

// [N,c,h,w] with zeros appended to channels, rows and columns up to the given sizes.
inline at::Tensor zero_extended(const at::Tensor& x, int64_t channels, int64_t height, int64_t width) {
  if (x.size(1) == channels && x.size(2) == height && x.size(3) == width) return x;
  return at::constant_pad_nd(x, {0, width - x.size(3), 0, height - x.size(2), 0, channels - x.size(1)});
}

// relu(second(relu(first x)) + x). A block whose first convolution has stride 2 halves x by 2x2 means; where the two
// then differ in size, each is extended by zeros to the larger.
class DlibBlock {
 public:
  enum Size { kSame, kHalf };

  DlibBlock(FixedConv2d first, FixedConv2d second, Size size)
      : first_(std::move(first)), second_(std::move(second)), size_(size) {}

  at::Tensor forward(const at::Tensor& x) const {
    const at::Tensor h = second_.forward(first_.forward_relu(x));
    const at::Tensor skip = size_ == kHalf ? at::avg_pool2d(x, 2, 2) : x;
    const auto larger = [&](int axis) { return std::max(h.size(axis), skip.size(axis)); };
    const int64_t channels = larger(1), height = larger(2), width = larger(3);
    return at::relu(zero_extended(h, channels, height, width) + zero_extended(skip, channels, height, width));
  }

 private:
  FixedConv2d first_, second_;
  Size size_;
};

}  // namespace miafr
