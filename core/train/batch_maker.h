// The batches of a step: photos, captions and random numbers brought together.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/config/run_config.h"
#include "core/data/draws.h"
#include "core/data/training_sets.h"
#include "core/nn/clip_text_encoder.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/latent_cache.h"
#include "core/train/training_loss.h"
#include "core/train/training_noise.h"

namespace miafr {

class BatchMaker {
 public:
  struct Settings {
    std::uint32_t needs = 0;  // LossNeeds of the run's losses
    double scale_factor = 0.18215;
    std::int64_t num_timesteps = 1000;
    std::int64_t rank = 0, ranks = 1;
    std::uint64_t seed = 0;
    at::Device device = at::kCPU;
  };

  // face_points: [N,3,H,W] in [-1,1] -> [N,5,2]. frozen_text: the text encoder where it is not trained, else null. All
  // of them outlive this.
  BatchMaker(const TrainingSets& sets, const DataConfig& data, const Settings& settings, LatentCache& latents,
             const ClipTokenizer& tokenizer, const ClipTextEncoder* frozen_text,
             std::function<at::Tensor(const at::Tensor&)> face_points);

  // This rank's share of draw number `draw`: the subject's batch, and the regularisation set's where there is one.
  // Throws ImageError for a photo that cannot be read any more.
  std::vector<TrainingBatch> make(std::int64_t draw);

 private:
  TrainingBatch make_batch(BatchRole role, const std::vector<TrainingImage>& images, const std::vector<Drawn>& drawn,
                           std::int64_t draw);
  at::Tensor face_points_of(const std::vector<TrainingImage>& images, const std::vector<Drawn>& drawn,
                            const at::Tensor& pixels);
  at::Tensor encoded(const std::vector<std::string>& captions);

  const TrainingSets& sets_;
  const DataConfig& data_;
  const Settings settings_;
  LatentCache& latents_;
  const ClipTokenizer& tokenizer_;
  const ClipTextEncoder* const frozen_text_;
  const std::function<at::Tensor(const at::Tensor&)> face_points_;
  const Draws draws_;
  const TrainingNoise noise_;
  std::map<std::string, at::Tensor> hidden_;                         // by caption
  std::map<std::pair<std::string, bool>, at::Tensor> known_points_;  // by file and whether it is mirrored
};

}  // namespace miafr
