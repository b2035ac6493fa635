// dlib's face recognition network (Davis King, dlib_face_recognition_resnet_model_v1, 2017): a ResNet (He et al., arXiv
// 1512.03385) of 29 convolutions, trained with a metric loss: faces of one person are nearer than 0.6. Parameter names
// are those of models/dlib_resnet_v1.safetensors: stem, b0..b13 with c1 and c2, fc.
#pragma once

#include <torch/types.h>

#include <vector>

#include "core/face/dlib_layers.h"

namespace miafr {

class DlibResNet {
 public:
  static constexpr int64_t kInput = 150;  // pixels, height and width
  static constexpr int64_t kEmbedding = 128;

  explicit DlibResNet(const Scope& scope)
      : stem_(convolution(scope["stem"], 3, 32, 7, 2, 0)), fc_(scope["fc"], 256, kEmbedding, Linear::kNoBias) {
    int64_t in = 32, index = 0;
    for (const auto& [channels, count, first] :
         {Stage{32, 3, DlibBlock::kSame}, Stage{64, 4, DlibBlock::kHalf}, Stage{128, 3, DlibBlock::kHalf},
          Stage{256, 3, DlibBlock::kHalf}, Stage{256, 1, DlibBlock::kHalf}})
      for (int64_t i = 0; i < count; ++i, in = channels) {
        const DlibBlock::Size size = i == 0 ? first : DlibBlock::kSame;
        const Scope block = scope["b" + std::to_string(index++)];
        blocks_.emplace_back(convolution(block["c1"], in, channels, 3, size == DlibBlock::kHalf ? 2 : 1,
                                         size == DlibBlock::kHalf ? 0 : 1),
                             convolution(block["c2"], channels, channels, 3, 1, 1), size);
      }
  }

  // [N,3,150,150], (RGB 0..255 - kDlibMean) / kDlibScale -> [N,128], not normalised: it is compared by distance.
  at::Tensor forward(const at::Tensor& faces) const {
    at::Tensor x = stem_.forward_relu(faces.contiguous(at::MemoryFormat::ChannelsLast));  // [N, 32, 72, 72]
    x = at::max_pool2d(x, 3, 2);                                                          // [N, 32, 35, 35]
    for (const DlibBlock& block : blocks_) x = block.forward(x);                          // [N, 256, 2, 2]
    return fc_.forward(x.mean({2, 3}));                                                   // [N, 128]
  }

 private:
  struct Stage {
    int64_t channels, count;
    DlibBlock::Size first;
  };

  static FixedConv2d convolution(const Scope& scope, int64_t in, int64_t out, int64_t kernel, int64_t stride,
                                 int64_t padding) {
    const at::Tensor weight = scope.get("weight", {out, in, kernel, kernel}), bias = scope.get("bias", {out});
    return dlib_convolution(weight, bias, scope.get("gamma", {out}), scope.get("beta", {out}), stride, padding);
  }

  FixedConv2d stem_;
  std::vector<DlibBlock> blocks_;
  Linear fc_;
};

}  // namespace miafr
