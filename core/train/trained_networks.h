// The U-Net and the text encoder of a run, with the parameters that it trains.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <memory>

#include "core/config/run_config.h"
#include "core/models/stable_diffusion.h"
#include "core/train/model_file.h"
#include "core/train/trained_parameters.h"

namespace miafr {

class TrainedNetworks {
 public:
  // `model` outlives this. Throws Error for a checkpoint that does not fit.
  TrainedNetworks(StableDiffusion& model, const TrainConfig& config);

  const UNetModel& unet() const { return *unet_; }
  const ClipTextEncoder& text_encoder() const { return *text_encoder_; }

  // The U-Net's first.
  const NamedTensors& trained() const { return trained_; }
  std::int64_t num_unet_tensors() const { return num_unet_tensors_; }

  // What a user gets: model.safetensors or .ckpt, or lora.safetensors. weights: trained() or an average of it.
  void write(const std::filesystem::path& folder, const NamedTensors& weights, const Metadata& metadata) const;

  // The checkpoint's parameters that training has changed, for StableDiffusion::replace. No copies of a full model.
  // weights: as of write().
  TensorState changed(const NamedTensors& weights) const;

 private:
  bool is_lora() const { return config_.method == "lora"; }

  StableDiffusion& model_;
  const TrainConfig& config_;
  std::unique_ptr<TrainedParameters> unet_parameters_, text_parameters_;
  std::unique_ptr<UNetModel> unet_;
  std::unique_ptr<ClipTextEncoder> text_encoder_;
  NamedTensors trained_;
  std::int64_t num_unet_tensors_ = 0;
};

}  // namespace miafr
