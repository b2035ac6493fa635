#include "core/train/run_setup.h"

#include <cstdint>

#include "core/base/errors.h"
#include "core/train/run_description.h"

namespace miafr {
namespace {

BatchMaker::Settings batch_settings(const TrainOptions& options, const Ranks& ranks, std::uint32_t needs) {
  BatchMaker::Settings settings;
  settings.needs = needs;
  settings.scale_factor = options.config.model.scale_factor;
  settings.num_timesteps = options.config.model.timesteps;
  settings.rank = ranks.rank();
  settings.ranks = ranks.size();
  settings.seed = static_cast<std::uint64_t>(options.config.train.seed);
  settings.device = options.run.device;
  return settings;
}

// A run that cannot go on with these settings is refused before its photos are looked at.
TrainingSets sets_of(const TrainOptions& options, const CheckpointFolder& checkpoints, int ranks) {
  if (options.resume) {
    const auto newest = checkpoints.newest();
    if (!newest) throw Error(options.run_folder.string() + ": holds no checkpoint to go on from; begin a new run");
    check_settings(*newest, settings_that_must_match(options.config, ranks), read_state_settings(*newest));
  }
  return read_training_sets(options.folders, options.config.data);
}

NoiseScheduleConfig schedule_settings(const ModelConfig& model) {
  return {model.timesteps, model.linear_start, model.linear_end};
}

TrainingLossSettings loss_settings(const RunConfig& config) {
  return {config.model.scale_factor, config.model.prediction == "v", config.train.reg_weight,
          config.train.min_snr_gamma};
}

}  // namespace

RunSetup::RunSetup(const TrainOptions& options, PluginRegistry& registry)
    : options(options),
      registry(registry),
      ranks(Ranks::from_environment()),
      run_folder(ranks.of_first(options.run_folder.string())),
      checkpoints(run_folder / "checkpoints"),
      sets(sets_of(options, checkpoints, ranks.size())),
      model(options.checkpoint, options.config.model, {options.run.device}),
      schedule(schedule_settings(options.config.model)),
      tokenizer(options.vocabulary),
      frozen(model, options, registry),
      networks(model, options.config.train),
      losses(options.config.losses, registry, options.run),
      latents(make_latent_cache(
          options.config.train.cache_latents, [this](const at::Tensor& images) { return frozen.encode(images); },
          options.checkpoint)),
      batches(sets, options.config.data, batch_settings(options, ranks, losses.needs()), latents, tokenizer,
              options.config.train.train_text_encoder ? nullptr : &networks.text_encoder(),
              [this](const at::Tensor& images) { return frozen.find_face_points(images); }),
      loss(networks.unet(), &networks.text_encoder(), schedule, losses.all(), loss_settings(options.config),
           [this](const at::Tensor& z) { return frozen.decode(z); }) {}

}  // namespace miafr
