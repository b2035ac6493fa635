// A tiny Stable Diffusion whose weights follow the rule of rule_parameters.h, rounded to float16: the one that
// tests/goldens/tiny-sd.yaml describes and txt2img_tiny.safetensors was made with.
#pragma once

#include <string>

#include "core/nn/autoencoder_kl.h"
#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"
#include "tests/support/files.h"
#include "tests/support/rule_parameters.h"
#include "tests/support/safetensors.h"

namespace miafr_tests {

// Every parameter of a Stable Diffusion of 32 channels whose text encoder has these sizes, as float16.
inline std::map<std::string, at::Tensor> small_sd_tensors(int64_t hidden_size, int64_t intermediate_size,
                                                          int64_t text_heads) {
  miafr::ClipTextConfig text;
  text.hidden_size = hidden_size;
  text.intermediate_size = intermediate_size;
  text.num_layers = 2;
  text.num_heads = text_heads;
  miafr::UNetConfig unet;
  unet.model_channels = 32;
  unet.context_dim = hidden_size;
  miafr::AutoencoderConfig autoencoder;
  autoencoder.channels = 32;
  RuleParameters rule;
  miafr::UNetModel(unet, {rule, "model.diffusion_model"});
  miafr::AutoencoderEncoder(autoencoder, {rule, "first_stage_model"});
  miafr::AutoencoderDecoder(autoencoder, {rule, "first_stage_model"});
  miafr::ClipTextEncoder(text, {rule, "cond_stage_model.transformer.text_model"});
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, shape] : rule.shapes) tensors[name] = rule_tensor(name, shape).to(at::kHalf);
  return tensors;
}

// The tiny one.
inline std::map<std::string, at::Tensor> tiny_sd_tensors() { return small_sd_tensors(64, 128, 4); }

// One that needs no config: its text encoder has as many heads as Stable Diffusion v1's.
inline std::map<std::string, at::Tensor> plain_sd_tensors() { return small_sd_tensors(96, 384, 12); }

inline void write_half_safetensors(const fs::path& file, const std::map<std::string, at::Tensor>& tensors) {
  write_test_safetensors(file, tensors);
}

// A file of the tiny one, written once.
inline const fs::path& tiny_sd_checkpoint() {
  static const fs::path& file = *[] {
    auto* const path = new fs::path(temporary_folder() / "tiny-sd-fp16.safetensors");
    write_half_safetensors(*path, tiny_sd_tensors());
    return path;
  }();
  return file;
}

}  // namespace miafr_tests
