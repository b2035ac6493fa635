// Images to latents and back: the KL-regularised autoencoder of latent diffusion (arXiv 2112.10752), as Stable
// Diffusion v1 has it. Parameter names are those of its checkpoints, below "first_stage_model".
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/nn/layers.h"

namespace miafr {

struct AutoencoderConfig {
  int64_t image_channels = 3;
  int64_t latent_channels = 4;
  int64_t channels = 128;
  std::vector<int64_t> channel_mult = {1, 2, 4, 4};  // one per level; every level but the last halves the resolution
  int64_t num_res_blocks = 2;

  // The side of a latent pixel in image pixels: 8.
  int64_t factor() const { return int64_t{1} << (channel_mult.size() - 1); }

  // Sizes as the checkpoint's shapes have them; nothing where `prefix` holds no such network.
  static std::optional<AutoencoderConfig> from_checkpoint(const ShapeLookup& shape_of, const std::string& prefix);
};

namespace autoencoder {

constexpr double kEps = 1e-6;

// A convolution of an autoencoder, which sees a picture once where a U-Net sees it at every step.
inline Conv2d convolution_3x3(const Scope& scope, int64_t in, int64_t out) {
  return {scope, in, out, 3, /*stride=*/1, /*padding=*/1, Reuse::kRarely};
}

class ResnetBlock {
 public:
  ResnetBlock(const Scope& scope, int64_t in, int64_t out)
      : norm1_(scope["norm1"], in, kEps),
        conv1_(convolution_3x3(scope["conv1"], in, out)),
        norm2_(scope["norm2"], out, kEps),
        conv2_(convolution_3x3(scope["conv2"], out, out)) {
    if (in != out) shortcut_.emplace(scope["nin_shortcut"], in, out, 1);
  }

  at::Tensor forward(const at::Tensor& x) const {  // [N, in, h, w] -> [N, out, h, w]
    at::Tensor h = norm1_.forward_silu(x);
    h = conv1_.forward(h);
    h = norm2_.forward_silu(h);
    h = conv2_.forward(h);
    return plus(shortcut_ ? shortcut_->forward(x) : x, h);
  }

 private:
  GroupNorm norm1_;
  Conv2d conv1_;
  GroupNorm norm2_;
  Conv2d conv2_;
  std::optional<Conv2d> shortcut_;
};

// Residual block, self-attention with one head over all pixels, residual block.
class Middle {
 public:
  Middle(const Scope& scope, int64_t channels)
      : block_1_(scope["block_1"], channels, channels),
        norm_(scope["attn_1"]["norm"], channels, kEps),
        q_(scope["attn_1"]["q"], channels, channels, 1),
        k_(scope["attn_1"]["k"], channels, channels, 1),
        v_(scope["attn_1"]["v"], channels, channels, 1),
        proj_out_(scope["attn_1"]["proj_out"], channels, channels, 1),
        block_2_(scope["block_2"], channels, channels) {}

  at::Tensor forward(const at::Tensor& x) const {  // [N, C, h, w]
    const at::Tensor h = block_1_.forward(x), n = norm_.forward(h);
    const at::Tensor mixed = attention(to_tokens(q_.forward(n)), to_tokens(k_.forward(n)), to_tokens(v_.forward(n)), 1);
    return block_2_.forward(plus(h, proj_out_.forward(to_image(mixed, x.size(2), x.size(3)))));
  }

 private:
  ResnetBlock block_1_;
  GroupNorm norm_;
  Conv2d q_, k_, v_, proj_out_;
  ResnetBlock block_2_;
};

struct Level {
  std::vector<ResnetBlock> blocks;
  std::optional<Conv2d> resample;
};

class Encoder {
 public:
  Encoder(const AutoencoderConfig& config, const Scope& scope)
      : conv_in_(convolution_3x3(scope["conv_in"], config.image_channels, config.channels)),
        levels_(make_levels(config, scope["down"])),
        middle_(scope["mid"], top(config)),
        norm_out_(scope["norm_out"], top(config), kEps),
        conv_out_(convolution_3x3(scope["conv_out"], top(config), 2 * config.latent_channels)) {}

  at::Tensor forward(const at::Tensor& image) const {  // [N, 3, H, W]
    at::Tensor h = conv_in_.forward(image);
    for (const Level& level : levels_) {
      for (const ResnetBlock& block : level.blocks) h = block.forward(h);
      if (level.resample) h = level.resample->forward(at::constant_pad_nd(h, {0, 1, 0, 1}));  // right and bottom only
    }
    return conv_out_.forward(norm_out_.forward_silu(middle_.forward(h)));  // [N, 8, H/8, W/8]
  }

 private:
  static int64_t top(const AutoencoderConfig& config) { return config.channels * config.channel_mult.back(); }

  static std::vector<Level> make_levels(const AutoencoderConfig& config, const Scope& scope) {
    std::vector<Level> levels(config.channel_mult.size());
    int64_t channels = config.channels;
    for (std::size_t i = 0; i < levels.size(); ++i) {
      const Scope here = scope[static_cast<int64_t>(i)];
      const int64_t out = config.channels * config.channel_mult[i];
      for (int64_t j = 0; j < config.num_res_blocks; ++j)
        levels[i].blocks.emplace_back(here["block"][j], std::exchange(channels, out), out);
      if (i + 1 < levels.size())
        levels[i].resample.emplace(here["downsample"]["conv"], out, out, 3, /*stride=*/2, /*padding=*/0);
    }
    return levels;
  }

  Conv2d conv_in_;
  std::vector<Level> levels_;
  Middle middle_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
};

class Decoder {
 public:
  Decoder(const AutoencoderConfig& config, const Scope& scope)
      : conv_in_(
            convolution_3x3(scope["conv_in"], config.latent_channels, config.channels * config.channel_mult.back())),
        middle_(scope["mid"], config.channels * config.channel_mult.back()),
        levels_(make_levels(config, scope["up"])),
        norm_out_(scope["norm_out"], config.channels * config.channel_mult.front(), kEps),
        conv_out_(
            convolution_3x3(scope["conv_out"], config.channels * config.channel_mult.front(), config.image_channels)) {}

  at::Tensor forward(const at::Tensor& z) const {  // [N, 4, h, w]
    at::Tensor h = middle_.forward(conv_in_.forward(z));
    for (std::size_t i = levels_.size(); i-- > 0;) {
      for (const ResnetBlock& block : levels_[i].blocks) h = block.forward(h);
      if (levels_[i].resample)
        h = levels_[i].resample->forward(at::upsample_nearest2d(h, {2 * h.size(2), 2 * h.size(3)}));
    }
    return conv_out_.forward(norm_out_.forward_silu(h));  // [N, 3, 8h, 8w]
  }

 private:
  // levels[i] is up.i; the last one runs first.
  static std::vector<Level> make_levels(const AutoencoderConfig& config, const Scope& scope) {
    std::vector<Level> levels(config.channel_mult.size());
    int64_t channels = config.channels * config.channel_mult.back();
    for (std::size_t i = levels.size(); i-- > 0;) {
      const Scope here = scope[static_cast<int64_t>(i)];
      const int64_t out = config.channels * config.channel_mult[i];
      for (int64_t j = 0; j <= config.num_res_blocks; ++j)
        levels[i].blocks.emplace_back(here["block"][j], std::exchange(channels, out), out);
      if (i > 0) levels[i].resample = convolution_3x3(here["upsample"]["conv"], out, out);
    }
    return levels;
  }

  Conv2d conv_in_;
  Middle middle_;
  std::vector<Level> levels_;
  GroupNorm norm_out_;
  Conv2d conv_out_;
};

}  // namespace autoencoder

// Encoder and decoder are built when they are first wanted by the caller: generation needs the one, training the other.
class AutoencoderEncoder {
 public:
  AutoencoderEncoder(const AutoencoderConfig& config, const Scope& scope)
      : encoder_(config, scope["encoder"]),
        quant_conv_(scope["quant_conv"], 2 * config.latent_channels, 2 * config.latent_channels, 1) {}

  // image [N,3,H,W] in [-1,1], H and W multiples of the factor -> moments [N,2*latent_channels,H/8,W/8]: mean and log
  // variance of the posterior, not yet scaled.
  at::Tensor forward(const at::Tensor& image) const { return quant_conv_.forward(encoder_.forward(image)); }

 private:
  autoencoder::Encoder encoder_;
  Conv2d quant_conv_;
};

class AutoencoderDecoder {
 public:
  AutoencoderDecoder(const AutoencoderConfig& config, const Scope& scope)
      : post_quant_conv_(scope["post_quant_conv"], config.latent_channels, config.latent_channels, 1),
        decoder_(config, scope["decoder"]) {}

  // z [N,latent_channels,h,w], unscaled -> image [N,3,8h,8w], about [-1,1] and not clamped.
  at::Tensor forward(const at::Tensor& z) const { return decoder_.forward(post_quant_conv_.forward(z)); }

 private:
  Conv2d post_quant_conv_;
  autoencoder::Decoder decoder_;
};

// A posterior's moments and standard normal noise of the mean's shape (or none) -> z = mean + exp(logvar / 2) noise.
inline at::Tensor sample_posterior(const at::Tensor& moments, const at::Tensor& noise = {}) {
  const auto halves = moments.chunk(2, 1);
  if (!noise.defined()) return halves[0];
  return halves[0] + at::exp(0.5 * at::clamp(halves[1], -30.0, 20.0)) * noise;
}

inline std::optional<AutoencoderConfig> AutoencoderConfig::from_checkpoint(const ShapeLookup& shape_of,
                                                                           const std::string& prefix) {
  const auto decoder = [&](const std::string& name) { return shape_of(prefix + ".decoder." + name); };
  const auto first = decoder("conv_in.weight"), last = decoder("conv_out.weight");
  if (!first || first->size() != 4 || !last || last->size() != 4) return std::nullopt;
  AutoencoderConfig config;
  config.latent_channels = first->at(1);
  config.image_channels = last->at(0);
  config.channels = last->at(1);
  config.channel_mult.clear();
  config.num_res_blocks = -1;  // a decoder's level has one block more
  const auto block = [](int64_t level, int64_t i) {
    return "up." + std::to_string(level) + ".block." + std::to_string(i) + ".conv2.weight";
  };
  while (decoder(block(0, config.num_res_blocks + 1))) ++config.num_res_blocks;
  if (config.num_res_blocks < 1) return std::nullopt;
  // up.0 has the width of conv_out, which is the first multiple times `channels`; real checkpoints have 1 there.
  for (int64_t level = 0;; ++level) {
    const auto conv = decoder(block(level, 0));
    if (!conv || conv->size() != 4) break;
    config.channel_mult.push_back(conv->at(0) / config.channels);
  }
  return config;
}

}  // namespace miafr
