// What the networks that look at drawn faces (demo/) are made of: small enough to be trained from scratch on one core
// within minutes, and without batch statistics, so that training and inference are the same computation.
#pragma once

#include <torch/types.h>

#include "core/nn/layers.h"

namespace miafr {

// Convolution, normalisation over groups of eight channels, ReLU. Parameters: conv.weight, conv.bias, norm.weight,
// norm.bias.
class DrawnBlock {
 public:
  DrawnBlock(const Scope& scope, int64_t in, int64_t out, int64_t kernel, int64_t stride)
      : conv_(scope["conv"], in, out, kernel, stride),
        weight_(scope["norm"].get("weight", {out})),
        bias_(scope["norm"].get("bias", {out})) {}

  at::Tensor forward(const at::Tensor& x) const {
    const at::Tensor y = conv_.forward(x);
    return at::relu(at::group_norm(y, y.size(1) / 8, like(weight_, y), like(bias_, y), 1e-5));
  }

 private:
  Conv2d conv_;
  at::Tensor weight_, bias_;
};

// [N,3,64,64] in -1..1 -> features, ever coarser and wider.
class DrawnTrunk {
 public:
  static constexpr int64_t kInput = 64;  // pixels, height and width
  static constexpr int64_t kFine = 48, kMiddle = 96, kCoarse = 128;

  explicit DrawnTrunk(const Scope& scope)
      : stem_(scope["stem"], 3, 24, 5, 2),
        fine1_(scope["fine1"], 24, kFine, 3, 2),
        fine2_(scope["fine2"], kFine, kFine, 3, 1),
        middle1_(scope["middle1"], kFine, kMiddle, 3, 2),
        middle2_(scope["middle2"], kMiddle, kMiddle, 3, 1),
        coarse_(scope["coarse"], kMiddle, kCoarse, 3, 2) {}

  struct Features {
    at::Tensor fine, middle, coarse;  // [N,48,16,16], [N,96,8,8], [N,128,4,4]
  };
  Features forward(const at::Tensor& pictures) const {
    const at::Tensor fine = fine2_.forward(fine1_.forward(stem_.forward(pictures)));
    const at::Tensor middle = middle2_.forward(middle1_.forward(fine));
    return {fine, middle, coarse_.forward(middle)};
  }

 private:
  DrawnBlock stem_, fine1_, fine2_, middle1_, middle2_, coarse_;
};

}  // namespace miafr
