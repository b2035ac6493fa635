// The networks that a run uses and does not train: the autoencoder's halves, and the face detector. Each is loaded when
// it is first asked for, since many runs never need it.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "core/models/stable_diffusion.h"
#include "core/plugin/face_detector.h"
#include "core/runtime/chosen_plugin.h"
#include "core/train/train_options.h"

namespace miafr {

class FrozenNetworks {
 public:
  // All of them outlive this.
  FrozenNetworks(StableDiffusion& model, const TrainOptions& options, PluginRegistry& registry)
      : model_(model), options_(options), registry_(registry) {}

  // [N,3,H,W] in [-1,1] -> moments [N,2C,h,w].
  at::Tensor encode(const at::Tensor& images);

  // Latents [N,C,h,w], unscaled, -> [N,3,H,W] in [-1,1], with gradients.
  at::Tensor decode(const at::Tensor& latents);

  // Finds faces as face_points() does (faces.h), with the detector that train.detector names.
  at::Tensor find_face_points(const at::Tensor& images);

 private:
  StableDiffusion& model_;
  const TrainOptions& options_;
  PluginRegistry& registry_;
  std::unique_ptr<AutoencoderEncoder> encoder_;
  std::vector<std::int64_t> encoder_sizes_;  // of the pictures that it has met
  std::unique_ptr<AutoencoderDecoder> decoder_;
  ChosenPlugin<FaceDetector> detector_;
};

}  // namespace miafr
