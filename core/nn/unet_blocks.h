// The parts of the U-Net (unet.h): residual blocks, and transformers that look at the text.
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <optional>
#include <vector>

#include "core/nn/layers.h"

namespace miafr {

// Of the text, for one cross-attention: each [N, 77, C].
struct KeyValue {
  at::Tensor key, value;
};
using KeysValues = std::vector<KeyValue>;  // one for each block of a transformer

// GroupNorm, SiLU, convolution, twice, with the timestep's embedding added between.
class ResBlock {
 public:
  ResBlock(const Scope& scope, int64_t in, int64_t out, int64_t embedding)
      : in_norm_(scope["in_layers"][0], in, 1e-5),
        in_conv_(scope["in_layers"][2], in, out, 3),
        emb_(scope["emb_layers"][1], embedding, out),
        out_norm_(scope["out_layers"][0], out, 1e-5),
        out_conv_(scope["out_layers"][3], out, out, 3) {
    if (in != out) skip_.emplace(scope["skip_connection"], in, out, 1);
  }

  // emb_silu: silu of the timestep's embedding, the same for all blocks of a step.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& emb_silu) const {  // [N, in, h, w], [N, embedding]
    at::Tensor h = in_norm_.forward_silu(x);
    h = in_conv_.forward(h);  // [N, out, h, w]
    h = plus(emb_.forward(emb_silu).unsqueeze(2).unsqueeze(3), h);
    h = out_norm_.forward_silu(h);
    h = out_conv_.forward(h);
    return plus(skip_ ? skip_->forward(x) : x, h);
  }

 private:
  GroupNorm in_norm_;
  Conv2d in_conv_;
  Linear emb_;
  GroupNorm out_norm_;
  Conv2d out_conv_;
  std::optional<Conv2d> skip_;
};

// Self-attention over the image's tokens, cross-attention to the text, gated feed-forward.
class TransformerBlock {
 public:
  TransformerBlock(const Scope& scope, int64_t channels, int64_t context_dim, int64_t num_heads)
      : num_heads_(num_heads),
        norm1_(scope["norm1"], channels),
        self_q_(scope["attn1"]["to_q"], channels, channels, Linear::kNoBias),
        self_k_(scope["attn1"]["to_k"], channels, channels, Linear::kNoBias),
        self_v_(scope["attn1"]["to_v"], channels, channels, Linear::kNoBias),
        self_out_(scope["attn1"]["to_out"][0], channels, channels),
        norm2_(scope["norm2"], channels),
        cross_q_(scope["attn2"]["to_q"], channels, channels, Linear::kNoBias),
        cross_k_(scope["attn2"]["to_k"], context_dim, channels, Linear::kNoBias),
        cross_v_(scope["attn2"]["to_v"], context_dim, channels, Linear::kNoBias),
        cross_out_(scope["attn2"]["to_out"][0], channels, channels),
        norm3_(scope["norm3"], channels),
        gate_in_(scope["ff"]["net"][0]["proj"], channels, 8 * channels),
        ff_out_(scope["ff"]["net"][2], 4 * channels, channels) {}

  KeyValue key_value(const at::Tensor& hidden) const {            // [N, 77, context_dim]
    return {cross_k_.forward(hidden), cross_v_.forward(hidden)};  // [N, 77, C] each
  }

  at::Tensor forward(at::Tensor x, const KeyValue& text) const {  // [N, S, C]
    at::Tensor n = norm1_.forward(x);
    x = plus(x, self_out_.forward(attention(self_q_.forward(n), self_k_.forward(n), self_v_.forward(n), num_heads_)));
    n = norm2_.forward(x);
    x = plus(x, cross_out_.forward(attention(cross_q_.forward(n), text.key, text.value, num_heads_)));
    return plus(x, feed_forward(norm3_.forward(x)));
  }

 private:
  at::Tensor feed_forward(const at::Tensor& x) const {
    const auto halves = gate_in_.forward(x).chunk(2, 2);  // [N, S, 4C] each
    at::Tensor gate = at::gelu(halves[1]);
    return ff_out_.forward(gate.requires_grad() ? halves[0] * gate : gate.mul_(halves[0]));
  }

  int64_t num_heads_;
  LayerNorm norm1_;
  Linear self_q_, self_k_, self_v_, self_out_;
  LayerNorm norm2_;
  Linear cross_q_, cross_k_, cross_v_, cross_out_;
  LayerNorm norm3_;
  Linear gate_in_, ff_out_;
};

// A TransformerBlock or several, between two 1x1 convolutions.
class SpatialTransformer {
 public:
  SpatialTransformer(const Scope& scope, int64_t channels, int64_t depth, int64_t context_dim, int64_t num_heads)
      : norm_(scope["norm"], channels, 1e-6),
        proj_in_(scope["proj_in"], channels, channels, 1),
        proj_out_(scope["proj_out"], channels, channels, 1) {
    for (int64_t i = 0; i < depth; ++i)
      blocks_.emplace_back(scope["transformer_blocks"][i], channels, context_dim, num_heads);
  }

  KeysValues keys_values(const at::Tensor& hidden) const {  // [N, 77, context_dim]
    KeysValues all;
    for (const TransformerBlock& block : blocks_) all.push_back(block.key_value(hidden));
    return all;
  }

  at::Tensor forward(const at::Tensor& x, const KeysValues& text) const {  // [N, C, h, w]
    at::Tensor tokens = to_tokens(proj_in_.forward(norm_.forward(x)));     // [N, h*w, C]
    for (std::size_t i = 0; i < blocks_.size(); ++i) tokens = blocks_[i].forward(tokens, text.at(i));
    return plus(x, proj_out_.forward(to_image(tokens, x.size(2), x.size(3))));
  }

 private:
  GroupNorm norm_;
  Conv2d proj_in_;
  std::vector<TransformerBlock> blocks_;
  Conv2d proj_out_;
};

}  // namespace miafr
