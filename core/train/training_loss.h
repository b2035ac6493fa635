// The loss of a step:  sum over the two sets of  set_weight (|prediction - target|^2 + sum_k weight_k loss_k).
//
// The subject's photos have weight 1, the regularisation set reg_weight (prior preservation, DreamBooth, arXiv
// 2208.12242, eq. 2). The losses k are plugins; what they need is computed once for all of them.
#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"
#include "core/plugin/loss.h"
#include "core/plugin/noise_schedule.h"
#include "core/runtime/chosen_plugin.h"

namespace miafr {

// N images of one set, on the device.
struct TrainingBatch {
  BatchRole role = BatchRole::kTrain;
  at::Tensor latents;      // [N,C,h,w] z_0, scaled
  at::Tensor noise;        // [N,C,h,w]
  at::Tensor timesteps;    // [N] int64
  at::Tensor ids;          // [N,77] int64, the captions' tokens; or
  at::Tensor hidden;       // [N,77,D] the captions encoded, where the text encoder is not trained
  at::Tensor image;        // [N,3,H,W] in [-1,1]; where a loss asks for it
  at::Tensor face_points;  // [N,5,2]; likewise
};

struct WeightedLoss {
  std::string name;
  double weight = 0;
  ChosenPlugin<IdentityLoss> plugin;
};

// One term: the mean squared error ("mse") or a plugin's, of one set.
struct LossTerm {
  std::string name;
  BatchRole role;
  at::Tensor value;   // scalar, unweighted
  double weight = 1;  // in the sum; with the set's
};

struct TrainingLossSettings {
  double scale_factor = 0.18215;
  bool v_prediction = false;
  double reg_weight = 1;
  double min_snr_gamma = 0;  // 0: all timesteps count alike
};

class TrainingLoss {
 public:
  // decode: latents, unscaled, to images with gradient; may be empty where no loss needs it. The networks outlive this.
  TrainingLoss(const UNetModel& unet, const ClipTextEncoder* text_encoder, const NoiseSchedule& schedule,
               std::vector<WeightedLoss> losses, TrainingLossSettings settings,
               std::function<at::Tensor(const at::Tensor&)> decode);

  // step: of the optimiser. Throws PluginError where a loss fails.
  std::vector<LossTerm> operator()(const std::vector<TrainingBatch>& batches, std::int64_t step) const;

 private:
  at::Tensor predict(const std::vector<TrainingBatch>& batches, const at::Tensor& noisy) const;
  at::Tensor alphas_cumprod(const at::Tensor& timesteps) const;
  LossTerm mean_squared_error(const TrainingBatch& batch, const at::Tensor& prediction, const at::Tensor& acp) const;
  LossInputs inputs_of(const TrainingBatch& batch, const TrainingBatch* pair, const at::Tensor& prediction,
                       const at::Tensor& noisy, const at::Tensor& acp) const;

  const UNetModel& unet_;
  const ClipTextEncoder* const text_encoder_;
  const at::Tensor alphas_cumprod_;  // [T] float64 on the CPU
  const std::vector<WeightedLoss> losses_;
  const TrainingLossSettings settings_;
  const std::function<at::Tensor(const at::Tensor&)> decode_;
  std::uint32_t needs_ = 0;  // LossNeeds of all losses together
};

// sum_k weight_k value_k.
at::Tensor total_of(const std::vector<LossTerm>& terms);

}  // namespace miafr
