// Losses that are added to the diffusion loss while fine-tuning:  L = |eps_pred - eps|^2 + sum_k weight_k * loss_k.
//
// The host owns every weight: a plugin returns the plain value, and the log shows both. A loss says what it needs, and
// the host computes it once for all losses of a run; nothing that no loss needs is computed.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>

#include "core/plugin/host_context.h"

namespace miafr {

// Bits of PluginDescriptor::flags.
enum LossNeeds : std::uint32_t {
  kNeedsNoise = 1,        // noise_pred, noise (always there)
  kNeedsX0 = 2,           // x0_pred
  kNeedsImagePred = 4,    // image_pred: x0_pred through the autoencoder's decoder, with gradient (costly)
  kNeedsImage = 8,        // image
  kNeedsFacePoints = 16,  // face_points
  kNeedsPair = 32,        // pair_image, and pair_face_points together with kNeedsFacePoints
};

// A step shows the network a batch of the subject's photos and a batch of the regularisation set; a loss sees one at a
// time.
enum class BatchRole { kTrain, kRegularization };

// N images, latents of C channels and h x w, images of H x W (8h x 8w for Stable Diffusion). Tensors a loss did not ask
// for are undefined. Only noise_pred, x0_pred and image_pred carry gradients.
struct LossInputs {
  BatchRole role = BatchRole::kTrain;
  std::int64_t step = 0;              // of the optimiser, from 0
  at::Tensor noise_pred;              // [N,C,h,w]  eps predicted by the UNet
  at::Tensor noise;                   // [N,C,h,w]  eps that was added
  at::Tensor timesteps;               // [N]        int64, 0..T-1
  at::Tensor alphas_cumprod;          // [N]        float32, at those timesteps
  std::int64_t num_timesteps = 1000;  // T
  at::Tensor x0_pred;                 // [N,C,h,w]  (x_t - sqrt(1-acp) noise_pred) / sqrt(acp), scaled latents
  at::Tensor image_pred;              // [N,3,H,W]  RGB, roughly in [-1,1]
  at::Tensor image;                   // [N,3,H,W]  RGB in [-1,1], the photo itself
  at::Tensor face_points;             // [N,5,2]    in `image`, pixels; NaN where no face was found
  at::Tensor pair_image;              // [M,3,H,W]  the other role's photos of this step
  at::Tensor pair_face_points;        // [M,5,2]
};

class MIAFR_PUBLIC IdentityLoss {
 public:
  virtual ~IdentityLoss() = default;

  // The unweighted loss: a scalar on the inputs' device, differentiable towards the UNet. Throws std::exception on
  // inputs it cannot work with; the run stops with the plugin's name and the text.
  virtual at::Tensor forward(const LossInputs& inputs) = 0;

  // Figures for the log beside the value, e.g. {"faces_missing", 2}, counted since the run began.
  virtual std::map<std::string, double> statistics() const { return {}; }

  // Everything that must survive an interrupted run, e.g. a queue of earlier samples; stored in the checkpoint, and
  // given back on the device of HostContext::device().
  virtual std::map<std::string, at::Tensor> state() const { return {}; }
  virtual void load_state(const std::map<std::string, at::Tensor>& state) { (void)state; }
};

template <>
struct PluginKind<IdentityLoss> {
  static constexpr const char* kName = "loss";
  static constexpr const char* kFolder = "losses";
  static constexpr const char* kFlagsTitle = "needs";
  static constexpr FlagSpec kFlags[] = {
      {kNeedsNoise, "predicted and true noise"}, {kNeedsX0, "predicted clean latents"},
      {kNeedsImagePred, "decoded prediction"},   {kNeedsImage, "the photo"},
      {kNeedsFacePoints, "its face points"},     {kNeedsPair, "photos of the other set"},
  };
};

}  // namespace miafr

// (Class, name, version, summary, parameter table or miafr::kNoParams, needs [, licence])
#define MIAFR_LOSS_PLUGIN(Class, ...) MIAFR_PLUGIN(::miafr::IdentityLoss, Class, __VA_ARGS__)
