// The base model's sizes: Stable Diffusion v1 in small. configs/demo/drawn_v1.yaml says the same to `miafr`.
#pragma once

#include "core/nn/autoencoder_kl.h"
#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"
#include "core/plugin/noise_schedule.h"

namespace miafr::demo {

inline AutoencoderConfig base_autoencoder() {
  AutoencoderConfig config;
  config.channels = 32;
  config.channel_mult = {1, 1, 2};  // 64x64 pixels, 16x16 latents
  config.num_res_blocks = 1;
  return config;
}

inline ClipTextConfig base_text_encoder() {
  ClipTextConfig config;  // the vocabulary is CLIP's
  config.hidden_size = 96;
  config.intermediate_size = 384;
  config.num_layers = 2;
  config.num_heads = 4;
  return config;
}

inline UNetConfig base_unet() {
  UNetConfig config;
  config.model_channels = 64;
  config.num_res_blocks = 1;
  config.channel_mult = {1, 2, 3};
  config.has_attention = {false, true, true};
  config.context_dim = base_text_encoder().hidden_size;
  config.num_heads = 4;
  return config;
}

// Its end is 0.012 in Stable Diffusion v1, where at the last timestep 0.07 of the picture is left (Lin et al., arXiv
// 2305.08891). Averaged over a latent of 16x16 that tells hair and skin, so that a model asks the noise for them and
// not the words, and learns nobody by name. At 0.025, 0.006 is left.
inline NoiseScheduleConfig base_schedule() {
  NoiseScheduleConfig config;
  config.linear_end = 0.025;
  return config;
}

inline constexpr const char* kAutoencoderPrefix = "first_stage_model";
inline constexpr const char* kUNetPrefix = "model.diffusion_model";
inline constexpr const char* kTextPrefix = "cond_stage_model.transformer.text_model";

}  // namespace miafr::demo
