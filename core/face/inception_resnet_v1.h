// FaceNet's network as facenet-pytorch has it: Inception-ResNet v1 (Szegedy et al., arXiv 1602.07261, fig. 10-15, with
// FaceNet's changes of filter counts), embeddings of unit length (Schroff et al., arXiv 1503.03832). Parameter names
// are those of facenet-pytorch's checkpoints; their classifier, `logits`, is not used.
#pragma once

#include <torch/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/face/face_layers.h"

namespace miafr {

// Convolution, batch normalisation, ReLU.
class InceptionConv {
 public:
  InceptionConv(const Scope& scope, int64_t in, int64_t out, std::array<int64_t, 2> kernel, int64_t stride = 1,
                std::array<int64_t, 2> padding = {0, 0})
      : conv_(folded(scope, in, out, kernel, {{stride, stride}, padding})) {}

  at::Tensor forward(const at::Tensor& x) const { return conv_.forward_relu(x); }

 private:
  static FixedConv2d folded(const Scope& scope, int64_t in, int64_t out, std::array<int64_t, 2> kernel,
                            FixedConv2d::Window window) {
    const at::Tensor weight = scope["conv"].get("weight", {out, in, kernel[0], kernel[1]});
    return FixedConv2d::folded(weight, batch_norm(scope["bn"], out, 1e-3), window);
  }

  FixedConv2d conv_;
};

using InceptionBranch = std::vector<InceptionConv>;

inline at::Tensor run_branch(const InceptionBranch& branch, at::Tensor x) {
  for (const InceptionConv& conv : branch) x = conv.forward(x);
  return x;
}

// relu(x + scale * conv(cat of the branches)).
class InceptionResidual {
 public:
  enum Output { kRelu, kLinear };

  InceptionResidual(const Scope& scope, std::vector<InceptionBranch> branches, int64_t mixed, int64_t channels,
                    double scale, Output output = kRelu)
      : branches_(std::move(branches)),
        // The factor goes into the weights.
        conv_(scope["conv2d"].get("weight", {channels, mixed, 1, 1}) * scale,
              scope["conv2d"].get("bias", {channels}) * scale, {}),
        output_(output) {}

  at::Tensor forward(const at::Tensor& x) const {
    std::vector<at::Tensor> parts;
    for (const InceptionBranch& branch : branches_) parts.push_back(run_branch(branch, x));
    const at::Tensor out = x + conv_.forward(at::cat(parts, 1));
    return output_ == kRelu ? at::relu(out) : out;
  }

 private:
  std::vector<InceptionBranch> branches_;
  FixedConv2d conv_;
  Output output_;
};

// Branches of stride 2 and a max pooling, concatenated.
class InceptionReduction {
 public:
  explicit InceptionReduction(std::vector<InceptionBranch> branches) : branches_(std::move(branches)) {}

  at::Tensor forward(const at::Tensor& x) const {
    std::vector<at::Tensor> parts;
    for (const InceptionBranch& branch : branches_) parts.push_back(run_branch(branch, x));
    parts.push_back(at::max_pool2d(x, 3, 2));
    return at::cat(parts, 1);
  }

 private:
  std::vector<InceptionBranch> branches_;
};

class InceptionResnetV1 {
 public:
  static constexpr int64_t kInput = 160;  // pixels, height and width
  static constexpr int64_t kEmbedding = 512;

  explicit InceptionResnetV1(const Scope& scope)
      : stem1_{{scope["conv2d_1a"], 3, 32, {3, 3}, 2},
               {scope["conv2d_2a"], 32, 32, {3, 3}},
               {scope["conv2d_2b"], 32, 64, {3, 3}, 1, {1, 1}}},
        stem2_{{scope["conv2d_3b"], 64, 80, {1, 1}},
               {scope["conv2d_4a"], 80, 192, {3, 3}},
               {scope["conv2d_4b"], 192, 256, {3, 3}, 2}},
        mixed_6a_(reduction_6a(scope["mixed_6a"])),
        mixed_7a_(reduction_7a(scope["mixed_7a"])),
        last_linear_(scope["last_linear"], 1792, kEmbedding, Linear::kNoBias),
        last_bn_(batch_norm(scope["last_bn"], kEmbedding, 1e-3)) {
    for (int64_t i = 0; i < 5; ++i) stage1_.push_back(block35(scope["repeat_1"][i]));
    for (int64_t i = 0; i < 10; ++i) stage2_.push_back(block17(scope["repeat_2"][i]));
    for (int64_t i = 0; i < 5; ++i) stage3_.push_back(block8(scope["repeat_3"][i], 0.2, InceptionResidual::kRelu));
    stage3_.push_back(block8(scope["block8"], 1.0, InceptionResidual::kLinear));
  }

  // [N,3,160,160] RGB, (pixel - 127.5) / 128 -> [N,512] of unit length.
  at::Tensor forward(const at::Tensor& faces) const {
    at::Tensor x = run_branch(stem1_, faces.contiguous(at::MemoryFormat::ChannelsLast));  // [N, 64, 77, 77]
    x = run_branch(stem2_, at::max_pool2d(x, 3, 2));                                      // [N, 256, 17, 17]
    for (const InceptionResidual& block : stage1_) x = block.forward(x);
    x = mixed_6a_.forward(x);  // [N, 896, 8, 8]
    for (const InceptionResidual& block : stage2_) x = block.forward(x);
    x = mixed_7a_.forward(x);  // [N, 1792, 3, 3]
    for (const InceptionResidual& block : stage3_) x = block.forward(x);
    x = last_bn_.forward(last_linear_.forward(x.mean({2, 3})));  // [N, 512]
    return x / x.norm(2, 1, true).clamp_min(1e-12);
  }

 private:
  static InceptionResidual block35(const Scope& s) {
    const Scope b1 = s["branch1"], b2 = s["branch2"];
    return {s,
            {{{s["branch0"], 256, 32, {1, 1}}},
             {{b1[0], 256, 32, {1, 1}}, {b1[1], 32, 32, {3, 3}, 1, {1, 1}}},
             {{b2[0], 256, 32, {1, 1}}, {b2[1], 32, 32, {3, 3}, 1, {1, 1}}, {b2[2], 32, 32, {3, 3}, 1, {1, 1}}}},
            96,
            256,
            0.17};
  }
  static InceptionResidual block17(const Scope& s) {
    const Scope b1 = s["branch1"];
    return {s,
            {{{s["branch0"], 896, 128, {1, 1}}},
             {{b1[0], 896, 128, {1, 1}}, {b1[1], 128, 128, {1, 7}, 1, {0, 3}}, {b1[2], 128, 128, {7, 1}, 1, {3, 0}}}},
            256,
            896,
            0.10};
  }
  static InceptionResidual block8(const Scope& s, double scale, InceptionResidual::Output output) {
    const Scope b1 = s["branch1"];
    return {s,
            {{{s["branch0"], 1792, 192, {1, 1}}},
             {{b1[0], 1792, 192, {1, 1}}, {b1[1], 192, 192, {1, 3}, 1, {0, 1}}, {b1[2], 192, 192, {3, 1}, 1, {1, 0}}}},
            384,
            1792,
            scale,
            output};
  }
  static InceptionReduction reduction_6a(const Scope& s) {
    const Scope b1 = s["branch1"];
    return InceptionReduction(
        {{{s["branch0"], 256, 384, {3, 3}, 2}},
         {{b1[0], 256, 192, {1, 1}}, {b1[1], 192, 192, {3, 3}, 1, {1, 1}}, {b1[2], 192, 256, {3, 3}, 2}}});
  }
  static InceptionReduction reduction_7a(const Scope& s) {
    const Scope b0 = s["branch0"], b1 = s["branch1"], b2 = s["branch2"];
    return InceptionReduction(
        {{{b0[0], 896, 256, {1, 1}}, {b0[1], 256, 384, {3, 3}, 2}},
         {{b1[0], 896, 256, {1, 1}}, {b1[1], 256, 256, {3, 3}, 2}},
         {{b2[0], 896, 256, {1, 1}}, {b2[1], 256, 256, {3, 3}, 1, {1, 1}}, {b2[2], 256, 256, {3, 3}, 2}}});
  }

  InceptionBranch stem1_, stem2_;
  std::vector<InceptionResidual> stage1_, stage2_, stage3_;
  InceptionReduction mixed_6a_, mixed_7a_;
  Linear last_linear_;
  ChannelAffine last_bn_;
};

}  // namespace miafr
