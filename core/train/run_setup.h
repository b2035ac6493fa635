// What a run works with, from its photos to its loss: all that is there before the first step.
#pragma once

#include <torch/types.h>

#include <filesystem>

#include "core/data/training_sets.h"
#include "core/models/stable_diffusion.h"
#include "core/plugin/noise_schedule.h"
#include "core/text/clip_tokenizer.h"
#include "core/train/batch_maker.h"
#include "core/train/frozen_networks.h"
#include "core/train/hosted_losses.h"
#include "core/train/latent_cache.h"
#include "core/train/ranks.h"
#include "core/train/train_options.h"
#include "core/train/trained_networks.h"
#include "core/train/training_loss.h"
#include "core/train/training_state.h"

namespace miafr {

struct RunSetup {
  // Waits for the other ranks, looks at every photo, opens the checkpoint, loads the losses. Writes nothing into the
  // run's folder. options and registry outlive this. Throws Error for inputs that it cannot work with.
  RunSetup(const TrainOptions& options, PluginRegistry& registry);
  RunSetup(const RunSetup&) = delete;
  RunSetup& operator=(const RunSetup&) = delete;

  const TrainOptions& options;
  PluginRegistry& registry;
  Ranks ranks;
  const std::filesystem::path run_folder;  // the first rank's
  const CheckpointFolder checkpoints;      // in it
  const TrainingSets sets;
  StableDiffusion model;
  const NoiseSchedule schedule;
  const ClipTokenizer tokenizer;
  FrozenNetworks frozen;
  TrainedNetworks networks;
  HostedLosses losses;
  LatentCache latents;
  BatchMaker batches;
  TrainingLoss loss;
};

}  // namespace miafr
