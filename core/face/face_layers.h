// Layers of the face networks. Their weights are fixed: batch normalisation with its running statistics is a factor and
// a shift per channel, folded into the convolution before it where there is one. Gradients flow to the image only;
// where none are asked for, convolutions on the CPU run with weights reordered once. Images are [N,C,H,W], best in
// channels-last memory format.
#pragma once

#include <torch/types.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/kernels/packed_convolution.h"
#include "core/nn/layers.h"
#include "core/nn/parameters.h"

namespace miafr {

// x * scale + shift per channel, both [C].
struct ChannelAffine {
  at::Tensor scale, shift;

  at::Tensor forward(const at::Tensor& x) const {  // [N,C] or [N,C,H,W]
    const auto per_channel = [&](const at::Tensor& v) { return like(v, x).view({1, -1}); };
    if (x.dim() == 2) return at::addcmul(per_channel(shift), x, per_channel(scale));
    const auto per_map = [&](const at::Tensor& v) { return like(v, x).view({1, -1, 1, 1}); };
    return at::addcmul(per_map(shift), x, per_map(scale));
  }
};

enum class NormWeights { kAffine, kNone };  // with or without a learnt weight and bias

// (x - running_mean) / sqrt(running_var + eps) * weight + bias.
inline ChannelAffine batch_norm(const Scope& scope, int64_t channels, double eps,
                                NormWeights weights = NormWeights::kAffine) {
  at::Tensor scale = at::rsqrt(scope.get("running_var", {channels}) + eps);
  if (weights == NormWeights::kAffine) scale = scale * scope.get("weight", {channels});
  at::Tensor shift = -scope.get("running_mean", {channels}) * scale;
  if (weights == NormWeights::kAffine) shift = shift + scope.get("bias", {channels});
  return {scale, shift};
}

class FixedConv2d {
 public:
  struct Window {
    std::array<int64_t, 2> stride{1, 1}, padding{0, 0};  // vertical, horizontal
  };

  // weight [out,in,kh,kw], bias [out].
  FixedConv2d(at::Tensor weight, at::Tensor bias, Window window)
      : weight_(std::move(weight)), bias_(std::move(bias)), window_(window) {
    if (!weight_.is_cpu() || weight_.scalar_type() != at::kFloat) return;
    for (auto* packed : {&packed_for_one_, &packed_for_many_})
      *packed = std::make_shared<PackedConvolution>(weight_, bias_, window_.stride, window_.padding);
  }

  // A convolution without a bias, then `after`.
  static FixedConv2d folded(const at::Tensor& weight, const ChannelAffine& after, Window window) {
    return {weight * after.scale.view({-1, 1, 1, 1}), after.shift, window};
  }

  at::Tensor forward(const at::Tensor& x) const { return packs(x) ? packed(x).forward(x) : plain(x); }
  at::Tensor forward_relu(const at::Tensor& x) const {
    return packs(x) ? packed(x).forward(x, PackedConvolution::kRelu) : at::relu(plain(x));
  }

 private:
  // The packed convolution has no derivative.
  bool packs(const at::Tensor& x) const {
    return packed_for_one_ && x.scalar_type() == at::kFloat && !(x.requires_grad() && at::GradMode::is_enabled());
  }
  // The layout that suits a batch is reordered again at every call for a single face (1.4 times as long for IR-50), and
  // a batch with the single face's layout takes 1.2 times as long: each has its own, made when it is first asked for.
  PackedConvolution& packed(const at::Tensor& x) const { return x.size(0) == 1 ? *packed_for_one_ : *packed_for_many_; }
  at::Tensor plain(const at::Tensor& x) const {
    return at::conv2d(x, like(weight_, x), like(bias_, x), window_.stride, window_.padding);
  }

  at::Tensor weight_, bias_;
  Window window_;
  std::shared_ptr<PackedConvolution> packed_for_one_, packed_for_many_;
};

// max(0, x) + weight min(0, x) per channel.
class PReLU {
 public:
  PReLU(const Scope& scope, int64_t channels) : weight_(scope.get("weight", {channels})) {}

  at::Tensor forward(const at::Tensor& x) const { return at::prelu(x, like(weight_, x)); }

 private:
  at::Tensor weight_;
};

}  // namespace miafr
