// The layers that all networks share. Each takes its parameters from a Scope and computes with device-generic
// operations; images are [N,C,H,W], best in channels-last memory format, which every layer keeps.
#pragma once

#include <torch/types.h>

#include <memory>
#include <optional>
#include <utility>

#include "core/kernels/cpu_attention.h"
#include "core/kernels/cpu_convolution.h"
#include "core/kernels/fused_ops.h"
#include "core/kernels/linear.h"
#include "core/nn/parameters.h"

namespace miafr {

// A parameter in the dtype of what it meets: weights may be stored in half of the bytes that they are computed with.
inline at::Tensor like(const at::Tensor& parameter, const at::Tensor& x) { return parameter.to(x.scalar_type()); }

// x + h, in h's memory where no gradient needs it: h is of the caller's making and of no more use to anybody.
inline at::Tensor plus(const at::Tensor& x, at::Tensor h) {
  return h.requires_grad() || h.scalar_type() != x.scalar_type() ? x + h : h.add_(x);
}

// A convolution that is built in inference mode computes without gradients ever after, and faster on the CPU.
class Conv2d {
 public:
  Conv2d(const Scope& scope, int64_t in, int64_t out, int64_t kernel, int64_t stride = 1, int64_t padding = -1,
         Reuse reuse = Reuse::kOften)
      : weight_(scope.get("weight", {out, in, kernel, kernel})),
        bias_(scope.get("bias", {out})),
        stride_(stride),
        padding_(padding < 0 ? kernel / 2 : padding) {
    if (!at::InferenceMode::is_enabled() || !weight_.is_cpu() || weight_.scalar_type() != at::kFloat) return;
    on_cpu_ = std::make_shared<CpuConvolution>(std::move(weight_), bias_, stride_, padding_, reuse);
  }

  at::Tensor forward(const at::Tensor& x) const {
    if (on_cpu_) return on_cpu_->forward(x);
    return at::conv2d(x, like(weight_, x), like(bias_, x), stride_, padding_);
  }

 private:
  at::Tensor weight_, bias_;
  int64_t stride_, padding_;
  std::shared_ptr<CpuConvolution> on_cpu_;  // in place of weight_
};

class Linear {
 public:
  enum Bias { kBias, kNoBias };

  Linear(const Scope& scope, int64_t in, int64_t out, Bias bias = kBias)
      : weight_(scope.get("weight", {out, in})), low_rank_(scope.low_rank("weight", {out, in})) {
    if (bias == kBias) bias_ = scope.get("bias", {out});
  }

  at::Tensor forward(const at::Tensor& x) const {
    const at::Tensor y = miafr::linear(x, like(weight_, x), bias_.defined() ? like(bias_, x) : bias_);
    if (!low_rank_) return y;
    const at::Tensor reduced = miafr::linear(x, like(low_rank_->down, x));  // [..., rank]
    return y + low_rank_->scale * miafr::linear(reduced, like(low_rank_->up, x));
  }

 private:
  at::Tensor weight_, bias_;
  std::optional<LowRank> low_rank_;
};

// Normalisation over 32 groups of channels, as everywhere in Stable Diffusion.
class GroupNorm {
 public:
  static constexpr int64_t kGroups = 32;

  GroupNorm(const Scope& scope, int64_t channels, double eps)
      : weight_(scope.get("weight", {channels})), bias_(scope.get("bias", {channels})), eps_(eps) {}

  at::Tensor forward(const at::Tensor& x) const { return run(x, Activation::kNone); }
  at::Tensor forward_silu(const at::Tensor& x) const { return run(x, Activation::kSilu); }

 private:
  at::Tensor run(const at::Tensor& x, Activation activation) const {
    return group_norm(x, kGroups, like(weight_, x), like(bias_, x), eps_, activation);
  }

  at::Tensor weight_, bias_;
  double eps_;
};

class LayerNorm {
 public:
  LayerNorm(const Scope& scope, int64_t size)
      : size_(size), weight_(scope.get("weight", {size})), bias_(scope.get("bias", {size})) {}

  at::Tensor forward(const at::Tensor& x) const {
    return at::layer_norm(x, size_, like(weight_, x), like(bias_, x), kEps);
  }

 private:
  static constexpr double kEps = 1e-5;
  int64_t size_;
  at::Tensor weight_, bias_;
};

// softmax(q k^T / sqrt(d)) v by heads: q [N,S,C], k and v [N,T,C] -> [N,S,C], C = num_heads d.
inline at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t num_heads,
                            bool causal = false) {
  if (!causal && has_cpu_attention(q, k, v)) return cpu_attention(q, k, v, num_heads);
  const auto heads = [num_heads](const at::Tensor& x) {
    return x.unflatten(2, {num_heads, -1}).transpose(1, 2);  // [N, heads, S, d]
  };
  const at::Tensor mixed = at::scaled_dot_product_attention(heads(q), heads(k), heads(v), {}, 0.0, causal);
  return mixed.transpose(1, 2).flatten(2);  // [N, S, C]
}

// [N,C,H,W] -> [N,H*W,C] and back; no copy in channels-last format.
inline at::Tensor to_tokens(const at::Tensor& x) { return x.permute({0, 2, 3, 1}).flatten(1, 2); }
inline at::Tensor to_image(const at::Tensor& tokens, int64_t height, int64_t width) {
  return tokens.unflatten(1, {height, width}).permute({0, 3, 1, 2});
}

}  // namespace miafr
