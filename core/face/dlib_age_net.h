// Apparent age from a face, by dlib's DNN age predictor (Cydral, dnn_age_predictor_v1): a ResNet-10 that gives each age
// from 0 to 80 years a probability. Parameter names are those of models/dlib_age_v1.safetensors, numbered by dlib from
// the output to the input: convolution layer_K is followed by factor and shift layer_(K-1).
#pragma once

#include <torch/types.h>

#include <array>
#include <string>
#include <vector>

#include "core/face/dlib_layers.h"

namespace miafr {

class DlibAgeNet {
 public:
  static constexpr int64_t kInput = 64;  // pixels, height and width
  static constexpr int64_t kAges = 81;   // years 0..80

  explicit DlibAgeNet(const Scope& scope)
      : stem_(convolution(scope, 52, 3, 64, 7, 2, 0)),
        weight_(scope.get("layer_1_weights", {256, kAges})),
        bias_(scope.get("layer_1_bias", {kAges})) {
    add_block(scope, 47, 44, 64, 64, DlibBlock::kSame);
    add_block(scope, 39, 36, 64, 128, DlibBlock::kHalf);
    add_block(scope, 28, 25, 128, 128, DlibBlock::kSame);
    add_block(scope, 20, 17, 128, 256, DlibBlock::kHalf);
    add_block(scope, 9, 6, 256, 256, DlibBlock::kSame);
  }

  // [N,3,64,64], (RGB 0..255 - kDlibMean) / kDlibScale -> [N,81] probabilities of the ages 0..80.
  at::Tensor forward(const at::Tensor& faces) const {
    at::Tensor x = stem_.forward_relu(faces.contiguous(at::MemoryFormat::ChannelsLast));  // [N, 64, 29, 29]
    x = at::max_pool2d(x, 3, 2);                                                          // [N, 64, 14, 14]
    for (const DlibBlock& block : blocks_) x = block.forward(x);                          // [N, 256, 3, 3]
    return at::softmax(at::addmm(like(bias_, x), x.mean({2, 3}), like(weight_, x)), 1);   // [N, 81]
  }

  // The expected age in years, [N,81] -> [N]. The first class is the first year of life: its middle counts, taken as
  // 0.25 as its author does.
  static at::Tensor expected_age(const at::Tensor& probabilities) {
    at::Tensor years = at::arange(kAges, probabilities.options());
    years[0] = 0.25;
    return at::matmul(probabilities, years);
  }

 private:
  static FixedConv2d convolution(const Scope& scope, int layer, int64_t in, int64_t out, int64_t kernel, int64_t stride,
                                 int64_t padding) {
    const std::string own = "layer_" + std::to_string(layer), affine = "layer_" + std::to_string(layer - 1);
    const at::Tensor weight = scope.get(own + "_weights", {out, in, kernel, kernel}),
                     bias = scope.get(own + "_bias", {out}), scale = scope.get(affine + "_scale", {1, out, 1, 1}),
                     offset = scope.get(affine + "_offset", {1, out, 1, 1});
    return dlib_convolution(weight, bias, scale, offset, stride, padding);
  }

  void add_block(const Scope& scope, int first, int second, int64_t in, int64_t out, DlibBlock::Size size) {
    const bool half = size == DlibBlock::kHalf;
    blocks_.emplace_back(convolution(scope, first, in, out, 3, half ? 2 : 1, half ? 0 : 1),
                         convolution(scope, second, out, out, 3, 1, 1), size);
  }

  FixedConv2d stem_;
  std::vector<DlibBlock> blocks_;
  at::Tensor weight_, bias_;
};

}  // namespace miafr
