// The noise predictor eps(x_t, t, text): the U-Net of latent diffusion (Rombach et al., arXiv 2112.10752), as Stable
// Diffusion v1 has it. Parameter names are those of its checkpoints, below "model.diffusion_model".
#pragma once

#include <torch/types.h>

#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/layers.h"
#include "core/nn/unet_blocks.h"

namespace miafr {

struct UNetConfig {
  int64_t in_channels = 4;  // 9 for inpainting: latent 4, mask 1, masked image's latent 4
  int64_t out_channels = 4;
  int64_t model_channels = 320;
  int64_t num_res_blocks = 2;
  std::vector<int64_t> channel_mult = {1, 2, 4, 4};             // one per level; each level halves the resolution
  std::vector<bool> has_attention = {true, true, true, false};  // one per level
  int64_t transformer_depth = 1;
  int64_t context_dim = 768;
  int64_t num_heads = 8;  // shapes do not tell it

  // Sizes as the checkpoint's shapes have them; nothing where `prefix` holds no such network.
  static std::optional<UNetConfig> from_checkpoint(const ShapeLookup& shape_of, const std::string& prefix,
                                                   int64_t num_heads);
};

// Keys and values of the text for every transformer, in the network's order: they do not depend on the image, so one
// computation serves all steps of a sampler.
struct TextContext {
  std::vector<KeysValues> keys_values;
};

class UNetModel {
 public:
  UNetModel(const UNetConfig& config, const Scope& scope);

  // hidden [N,77,context_dim], the text encoder's output -> what forward wants.
  TextContext read_context(const at::Tensor& hidden) const;

  // x [N,in_channels,h,w], timesteps [N] (whole or fractional) -> [N,out_channels,h,w]: the noise, or v for a network
  // that was trained so. Any h and w.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& timesteps, const TextContext& context) const;

  // Sinusoidal embedding, cosines first: [N] -> [N, dim].
  static at::Tensor timestep_embedding(const at::Tensor& timesteps, int64_t dim);

  const UNetConfig config;

  // Runs the parts of the network, one after the other: a residual block or a transformer, given as a function of its
  // inputs. Left empty they are simply called; training may have them computed again in the backward pass instead of
  // keeping what they compute (core/train/recompute.h).
  using Part = std::function<at::Tensor(const std::vector<at::Tensor>& inputs)>;
  std::function<at::Tensor(const Part& part, const std::vector<at::Tensor>& inputs)> run_part;

 private:
  // One entry of input_blocks, middle_block or output_blocks: what it has of each part, in the order they run.
  struct Block {
    std::vector<ResBlock> res;
    std::vector<SpatialTransformer> transformer;  // after the first res
    std::vector<Conv2d> resample;                 // down: stride 2; up: after doubling
  };

  // next: the first of the block's transformers in `context`; left behind the last.
  at::Tensor run(const Block& block, at::Tensor x, const at::Tensor& emb_silu, const TextContext& context,
                 std::size_t& next) const;
  at::Tensor run(const ResBlock& res, const at::Tensor& x, const at::Tensor& emb_silu) const;
  at::Tensor run(const SpatialTransformer& transformer, const at::Tensor& x, const KeysValues& text) const;
  SpatialTransformer make_transformer(const Scope& scope, int64_t channels) const {
    return {scope, channels, config.transformer_depth, config.context_dim, config.num_heads};
  }
  void add_input_blocks(const Scope& scope, std::vector<int64_t>& skip_channels);
  void add_output_blocks(const Scope& scope, std::vector<int64_t>& skip_channels);

  int64_t embedding_;
  Linear time_in_, time_out_;
  Conv2d conv_in_;
  std::vector<Block> input_blocks_;  // [0] is conv_in_ and stays empty
  Block middle_;
  std::vector<Block> output_blocks_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
};

inline std::optional<UNetConfig> UNetConfig::from_checkpoint(const ShapeLookup& shape_of, const std::string& prefix,
                                                             int64_t num_heads) {
  const auto in_block = [&](int64_t i, const std::string& name) {
    return shape_of(prefix + ".input_blocks." + std::to_string(i) + "." + name);
  };
  const auto first = in_block(0, "0.weight"), last = shape_of(prefix + ".out.2.weight");
  if (!first || first->size() != 4 || !last || last->size() != 4) return std::nullopt;
  UNetConfig config;
  config.model_channels = first->at(0);
  config.in_channels = first->at(1);
  config.out_channels = last->at(0);
  config.num_heads = num_heads;
  config.channel_mult.clear();
  config.has_attention.clear();
  config.num_res_blocks = 0;
  bool new_level = true;
  for (int64_t i = 1;; ++i) {
    if (in_block(i, "0.op.weight")) {
      new_level = true;
      continue;
    }
    const auto conv = in_block(i, "0.in_layers.2.weight");
    if (!conv || conv->size() != 4) break;
    const std::string transformer = "1.transformer_blocks.";
    const auto key = in_block(i, transformer + "0.attn2.to_k.weight");
    if (new_level) {
      config.channel_mult.push_back(conv->at(0) / config.model_channels);
      config.has_attention.push_back(key.has_value());
    }
    new_level = false;
    if (config.channel_mult.size() == 1) ++config.num_res_blocks;
    if (!key || key->size() != 2) continue;
    config.context_dim = key->at(1);
    config.transformer_depth = 1;
    while (in_block(i, transformer + std::to_string(config.transformer_depth) + ".attn2.to_k.weight"))
      ++config.transformer_depth;
  }
  if (config.channel_mult.empty()) return std::nullopt;
  return config;
}

inline UNetModel::UNetModel(const UNetConfig& config, const Scope& scope)
    : config(config),
      embedding_(4 * config.model_channels),
      time_in_(scope["time_embed"][0], config.model_channels, embedding_),
      time_out_(scope["time_embed"][2], embedding_, embedding_),
      conv_in_(scope["input_blocks"][0][0], config.in_channels, config.model_channels, 3),
      norm_out_(scope["out"][0], config.model_channels * config.channel_mult.front(), 1e-5),
      conv_out_(scope["out"][2], config.model_channels * config.channel_mult.front(), config.out_channels, 3) {
  std::vector<int64_t> skip_channels = {config.model_channels};
  add_input_blocks(scope["input_blocks"], skip_channels);
  const Scope middle = scope["middle_block"];
  const int64_t channels = skip_channels.back();
  middle_.res.emplace_back(middle[0], channels, channels, embedding_);
  middle_.transformer.push_back(make_transformer(middle[1], channels));
  middle_.res.emplace_back(middle[2], channels, channels, embedding_);
  add_output_blocks(scope["output_blocks"], skip_channels);
}

inline void UNetModel::add_input_blocks(const Scope& scope, std::vector<int64_t>& skip_channels) {
  input_blocks_.emplace_back();
  const std::size_t levels = config.channel_mult.size();
  int64_t channels = config.model_channels;
  const auto here = [&] { return scope[static_cast<int64_t>(input_blocks_.size())]; };
  for (std::size_t level = 0; level < levels; ++level) {
    for (int64_t i = 0; i < config.num_res_blocks; ++i) {
      const int64_t out = config.channel_mult[level] * config.model_channels;
      Block block;
      block.res.emplace_back(here()[0], channels, out, embedding_);
      if (config.has_attention[level]) block.transformer.push_back(make_transformer(here()[1], out));
      input_blocks_.push_back(std::move(block));
      skip_channels.push_back(channels = out);
    }
    if (level + 1 == levels) break;
    Block down;
    down.resample.emplace_back(here()[0]["op"], channels, channels, 3, /*stride=*/2);
    input_blocks_.push_back(std::move(down));
    skip_channels.push_back(channels);
  }
}

inline void UNetModel::add_output_blocks(const Scope& scope, std::vector<int64_t>& skip_channels) {
  int64_t channels = skip_channels.back();
  for (std::size_t level = config.channel_mult.size(); level-- > 0;) {
    for (int64_t i = 0; i <= config.num_res_blocks; ++i) {
      const Scope here = scope[static_cast<int64_t>(output_blocks_.size())];
      const int64_t out = config.channel_mult[level] * config.model_channels;
      Block block;
      block.res.emplace_back(here[0], channels + skip_channels.back(), out, embedding_);
      skip_channels.pop_back();
      channels = out;
      if (config.has_attention[level]) block.transformer.push_back(make_transformer(here[1], out));
      if (level > 0 && i == config.num_res_blocks)
        block.resample.emplace_back(here[config.has_attention[level] ? 2 : 1]["conv"], out, out, 3);
      output_blocks_.push_back(std::move(block));
    }
  }
}

inline TextContext UNetModel::read_context(const at::Tensor& hidden) const {
  TextContext context;
  const auto read = [&](const Block& block) {
    for (const SpatialTransformer& each : block.transformer) context.keys_values.push_back(each.keys_values(hidden));
  };
  for (const Block& block : input_blocks_) read(block);
  read(middle_);
  for (const Block& block : output_blocks_) read(block);
  return context;
}

inline at::Tensor UNetModel::timestep_embedding(const at::Tensor& timesteps, int64_t dim) {
  const int64_t half = dim / 2;
  const auto options = timesteps.options().dtype(at::kFloat);
  const at::Tensor frequencies = at::exp(at::arange(half, options) * (-std::log(10000.0) / half));
  const at::Tensor angles = timesteps.to(at::kFloat).unsqueeze(1) * frequencies.unsqueeze(0);  // [N, half]
  return at::cat({at::cos(angles), at::sin(angles)}, 1);
}

// run_part knows a part as a function of a list of tensors.
inline at::Tensor UNetModel::run(const ResBlock& res, const at::Tensor& x, const at::Tensor& emb_silu) const {
  if (!run_part) return res.forward(x, emb_silu);
  return run_part([&res](const std::vector<at::Tensor>& in) { return res.forward(in[0], in[1]); }, {x, emb_silu});
}

inline at::Tensor UNetModel::run(const SpatialTransformer& transformer, const at::Tensor& x,
                                 const KeysValues& text) const {
  if (!run_part) return transformer.forward(x, text);
  std::vector<at::Tensor> inputs = {x};
  for (const auto& [key, value] : text) inputs.insert(inputs.end(), {key, value});
  const Part part = [&transformer](const std::vector<at::Tensor>& in) {
    KeysValues pairs;
    for (std::size_t i = 1; i < in.size(); i += 2) pairs.push_back({in[i], in[i + 1]});
    return transformer.forward(in[0], pairs);
  };
  return run_part(part, inputs);
}

inline at::Tensor UNetModel::run(const Block& block, at::Tensor x, const at::Tensor& emb_silu,
                                 const TextContext& context, std::size_t& next) const {
  for (std::size_t i = 0; i < block.res.size(); ++i) {
    x = run(block.res[i], x, emb_silu);
    if (i < block.transformer.size()) x = run(block.transformer[i], x, context.keys_values.at(next++));
  }
  return x;
}

inline at::Tensor UNetModel::forward(const at::Tensor& x, const at::Tensor& timesteps,
                                     const TextContext& context) const {
  const at::Tensor embedded = timestep_embedding(timesteps, config.model_channels).to(x.scalar_type());
  const at::Tensor emb_silu = at::silu(time_out_.forward(at::silu(time_in_.forward(embedded))));  // [N, 4 channels]
  std::size_t next = 0;
  at::Tensor h = conv_in_.forward(x);  // [N, channels, h, w]
  std::vector<at::Tensor> skips = {h};
  for (std::size_t i = 1; i < input_blocks_.size(); ++i) {
    const Block& block = input_blocks_[i];
    h = block.resample.empty() ? run(block, h, emb_silu, context, next) : block.resample.front().forward(h);
    skips.push_back(h);
  }
  h = run(middle_, h, emb_silu, context, next);  // [N, 4 channels, h/8, w/8], rounded up
  for (const Block& block : output_blocks_) {
    h = run(block, at::cat({h, skips.back()}, 1), emb_silu, context, next);
    skips.pop_back();
    if (block.resample.empty()) continue;
    // To the next skip's size, not just doubled: a side that is not a multiple of 8 was rounded up on its way down.
    h = at::upsample_nearest2d(h, {skips.back().size(2), skips.back().size(3)});
    h = block.resample.front().forward(h);
  }
  return conv_out_.forward(norm_out_.forward_silu(h));  // [N, out_channels, h, w]
}

}  // namespace miafr
