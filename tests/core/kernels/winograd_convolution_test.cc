// Winograd's convolution against ATen's direct one in float64.
#include "core/kernels/winograd_convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

using miafr::WinogradConvolution;

struct Shape {
  int64_t batch, in, out, height, width;
};

class Winograd : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    if (!WinogradConvolution::is_supported()) GTEST_SKIP() << "no AVX2";
    at::manual_seed(1);
    const Shape s = GetParam();
    x_ = at::randn({s.batch, s.in, s.height, s.width});
    weight_ = at::randn({s.out, s.in, 3, 3}) / std::sqrt(9.0 * s.in);  // outputs of variance 2 with the bias
    bias_ = at::randn({s.out});
  }

  const at::InferenceMode no_gradients_;
  at::Tensor x_, weight_, bias_;
};

double rms(const at::Tensor& error) { return error.square().mean().sqrt().item<double>(); }

// A convolution in float32 has an error, too, that grows with the channels; ours must be of that size, and a few
// roundings of the output for the transforms, which round whatever the number of channels. A tile in the wrong place
// would have a million times that.
TEST_P(Winograd, IsAsExactAsADirectConvolution) {
  const at::Tensor expected = at::conv2d(x_.to(at::kDouble), weight_.to(at::kDouble), bias_.to(at::kDouble), 1, 1);
  const double direct = rms(at::conv2d(x_, weight_, bias_, 1, 1) - expected);
  const WinogradConvolution convolution(weight_, bias_);
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const at::Tensor y = convolution.forward(x_.contiguous(format));
    ASSERT_EQ(y.sizes(), expected.sizes());
    EXPECT_TRUE(y.is_contiguous(at::MemoryFormat::ChannelsLast));
    const at::Tensor error = y - expected;
    const double allowed = 1.5 * direct + 4 * std::numeric_limits<float>::epsilon() * rms(expected);
    EXPECT_LT(rms(error), allowed);
    EXPECT_LT(error.abs().max().item<double>(), 10 * allowed);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, Winograd,
    testing::Values(Shape{1, 1, 1, 1, 1}, Shape{1, 3, 5, 1, 9}, Shape{2, 4, 17, 6, 5}, Shape{3, 8, 16, 4, 4},
                    Shape{1, 9, 33, 7, 13}, Shape{2, 33, 31, 9, 2}, Shape{1, 64, 80, 12, 16},
                    Shape{1, 33, 40, 113, 113},    // 841 tiles, in two chunks
                    Shape{2, 1290, 200, 40, 40}),  // 200 tiles in two chunks, 13 panels in lots of 5
    [](const auto& shape) {
      const Shape& s = shape.param;
      return std::to_string(s.batch) + "x" + std::to_string(s.in) + "to" + std::to_string(s.out) + "at" +
             std::to_string(s.height) + "x" + std::to_string(s.width);
    });

}  // namespace
