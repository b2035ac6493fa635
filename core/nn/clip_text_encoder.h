// The text encoder of CLIP (Radford et al., arXiv 2103.00020): token ids to the hidden states that a U-Net attends to.
// Parameter names are those of Stable Diffusion v1 checkpoints, below "cond_stage_model.transformer.text_model".
#pragma once

#include <torch/types.h>

#include <optional>
#include <string>
#include <vector>

#include "core/nn/layers.h"

namespace miafr {

struct ClipTextConfig {
  int64_t vocab_size = 49408;
  int64_t max_positions = 77;
  int64_t hidden_size = 768;
  int64_t intermediate_size = 3072;
  int64_t num_layers = 12;
  int64_t num_heads = 12;  // shapes do not tell it

  // Sizes as the checkpoint's shapes have them; nothing where `prefix` holds no such network.
  static std::optional<ClipTextConfig> from_checkpoint(const ShapeLookup& shape_of, const std::string& prefix,
                                                       int64_t num_heads);
};

class ClipTextLayer {
 public:
  ClipTextLayer(const Scope& scope, const ClipTextConfig& config)
      : num_heads_(config.num_heads),
        norm1_(scope["layer_norm1"], config.hidden_size),
        q_(scope["self_attn"]["q_proj"], config.hidden_size, config.hidden_size),
        k_(scope["self_attn"]["k_proj"], config.hidden_size, config.hidden_size),
        v_(scope["self_attn"]["v_proj"], config.hidden_size, config.hidden_size),
        out_(scope["self_attn"]["out_proj"], config.hidden_size, config.hidden_size),
        norm2_(scope["layer_norm2"], config.hidden_size),
        fc1_(scope["mlp"]["fc1"], config.hidden_size, config.intermediate_size),
        fc2_(scope["mlp"]["fc2"], config.intermediate_size, config.hidden_size) {}

  at::Tensor forward(at::Tensor x) const {  // [N, T, C]
    const at::Tensor n = norm1_.forward(x);
    x = plus(x, out_.forward(attention(q_.forward(n), k_.forward(n), v_.forward(n), num_heads_, /*causal=*/true)));
    const at::Tensor h = fc1_.forward(norm2_.forward(x));      // [N, T, 4C]
    return plus(x, fc2_.forward(h * at::sigmoid(1.702 * h)));  // quick GELU
  }

 private:
  int64_t num_heads_;
  LayerNorm norm1_;
  Linear q_, k_, v_, out_;
  LayerNorm norm2_;
  Linear fc1_, fc2_;
};

class ClipTextEncoder {
 public:
  ClipTextEncoder(const ClipTextConfig& config, const Scope& scope)
      : config(config),
        tokens_(scope["embeddings"]["token_embedding"].get("weight", {config.vocab_size, config.hidden_size})),
        positions_(scope["embeddings"]["position_embedding"].get("weight", {config.max_positions, config.hidden_size})),
        final_norm_(scope["final_layer_norm"], config.hidden_size) {
    for (int64_t i = 0; i < config.num_layers; ++i) layers_.emplace_back(scope["encoder"]["layers"][i], config);
  }

  // ids [N,T] of int64, T at most max_positions -> the last hidden states, normalised, [N,T,hidden_size], float32
  // whatever the weights are stored as: text costs little, and all pictures hang on it.
  at::Tensor forward(const at::Tensor& ids) const {
    const auto embedded = [](const at::Tensor& rows) { return rows.to(at::kFloat); };
    at::Tensor x = embedded(at::embedding(tokens_, ids)) + embedded(positions_.slice(0, 0, ids.size(1)));
    for (const ClipTextLayer& layer : layers_) x = layer.forward(x);
    return final_norm_.forward(x);
  }

  const ClipTextConfig config;

 private:
  at::Tensor tokens_, positions_;
  std::vector<ClipTextLayer> layers_;
  LayerNorm final_norm_;
};

inline std::optional<ClipTextConfig> ClipTextConfig::from_checkpoint(const ShapeLookup& shape_of,
                                                                     const std::string& prefix, int64_t num_heads) {
  const auto tokens = shape_of(prefix + ".embeddings.token_embedding.weight");
  const auto positions = shape_of(prefix + ".embeddings.position_embedding.weight");
  const auto layer = [&](int64_t i) {
    return shape_of(prefix + ".encoder.layers." + std::to_string(i) + ".mlp.fc1.weight");
  };
  const auto fc1 = layer(0);
  if (!tokens || tokens->size() != 2 || !positions || positions->size() != 2 || !fc1 || fc1->size() != 2)
    return std::nullopt;
  ClipTextConfig config;
  config.vocab_size = tokens->at(0);
  config.hidden_size = tokens->at(1);
  config.max_positions = positions->at(0);
  config.intermediate_size = fc1->at(0);
  config.num_heads = num_heads;
  config.num_layers = 1;
  while (layer(config.num_layers)) ++config.num_layers;
  return config;
}

}  // namespace miafr
