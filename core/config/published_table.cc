#include "core/config/published_table.h"

namespace miafr {
namespace {

PublishedKey maps(const char* path, const char* ours, const char* allowed = nullptr) {
  return {path, PublishedKey::Use::kMapped, ours, allowed, ""};
}
PublishedKey ignored(const char* path, const char* reason) {
  return {path, PublishedKey::Use::kIgnored, "", nullptr, reason};
}
PublishedKey only(const char* path, const char* allowed, const char* reason) {
  return {path, PublishedKey::Use::kIgnored, "", allowed, reason};
}
PublishedKey refused(const char* path, const char* reason) {
  return {path, PublishedKey::Use::kRefused, "", nullptr, reason};
}

constexpr const char* kShapes = "read from the checkpoint";
constexpr const char* kCommandLine = "given on the command line";
constexpr const char* kPhotoSize = "follows from data.size";
constexpr const char* kLogging = "MIAFR has its own log";
constexpr const char* kAutoencoder = "the autoencoder is not trained";
constexpr const char* kEmbeddings = "words' embeddings are not trained, by the published code neither";
constexpr const char* kDevice = "the device is chosen on the command line";
constexpr const char* kNoSetting = "there is no such setting here";
constexpr const char* kCheckpoints = "checkpoints follow train.checkpoint_every alone";
constexpr const char* kReader = "photos are read by MIAFR's own loader";
constexpr const char* kPublished = "the only one there is";
constexpr const char* kPersonalized =
    "ldm.data.personalized_captionandimage.PersonalizedBase|ldm.data.personalized.PersonalizedBase";

}  // namespace

const std::vector<PublishedModel> kPublishedModels = {
    {"ldm.models.diffusion.ddpm.LatentDiffusion", ""},
    {"ldm.models.diffusion.ddpm_contrastloss.LatentDiffusion", kPublishedContrastiveLoss},
    {"ldm.models.diffusion.ddpm_cosineembedding.LatentDiffusion", "cosine"},
    {"ldm.models.diffusion.ddpm_biomloss.LatentDiffusion", ""},  // its weight stands with the autoencoder
};

const std::vector<PublishedKey> kPublishedKeys = {
    {"model.target", PublishedKey::Use::kModel, "", nullptr, ""},

    // The published optimiser gets base_learning_rate, unscaled; model_lr reaches it only along with trained
    // embeddings.
    maps("model.base_learning_rate", "train.learning_rate"),
    maps("model.params.model_lr", "train.learning_rate"),
    only("model.params.unfreeze_model", "true", "MIAFR trains the UNet"),
    maps("model.params.cond_stage_trainable", "train.train_text_encoder"),
    maps("model.params.use_ema", "train.use_ema"),
    maps("model.params.reg_weight", "train.reg_weight"),
    maps("model.params.batch_size", "data.batch_size"),
    refused("model.params.scheduler_config", "the learning rate is constant"),

    maps("model.params.contrast_weight", "losses.contrastive.weight"),
    maps("model.params.cosine_weight", "losses.cosine.weight"),
    maps("model.params.biometric_weight", "losses.biometric.weight"),
    maps("model.params.first_stage_config.params.biometric_weight", "losses.biometric.weight"),
    maps("model.params.first_stage_config.params.lossconfig.params.biometric_weight", "losses.biometric.weight"),
    only("model.params.embedding_reg_weight", "0", kEmbeddings),
    only("model.params.original_elbo_weight", "0", "the loss is the plain mean squared error"),
    only("model.params.l_simple_weight", "1", "the loss is the plain mean squared error"),
    only("model.params.loss_type", "l2", "the loss is the plain mean squared error"),
    only("model.params.learn_logvar", "false", "the loss is the plain mean squared error"),
    only("model.params.logvar_init", "0", "the loss is the plain mean squared error"),

    maps("model.params.scale_factor", "model.scale_factor"),
    only("model.params.scale_by_std", "false", "the scale factor is a constant"),
    maps("model.params.parameterization", "model.prediction", "eps=epsilon|v"),
    maps("model.params.timesteps", "model.timesteps"),
    maps("model.params.linear_start", "model.linear_start"),
    maps("model.params.linear_end", "model.linear_end"),
    only("model.params.beta_schedule", "linear", "the schedule of Stable Diffusion v1"),
    ignored("model.params.cosine_s", "belongs to another noise schedule"),
    refused("model.params.given_betas", "the schedule follows from linear_start, linear_end and timesteps"),
    ignored("model.params.v_posterior", "belongs to a sampler that is not used"),
    ignored("model.params.clip_denoised", "belongs to a sampler that is not used"),

    only("model.params.num_timesteps_cond", "1", "prompts are not noised"),
    only("model.params.conditioning_key", "crossattn", "prompts enter by cross-attention"),
    ignored("model.params.concat_mode", "prompts enter by cross-attention"),
    only("model.params.use_positional_encodings", "false", "prompts enter by cross-attention"),
    refused("model.params.cond_stage_forward", "prompts enter by cross-attention"),
    ignored("model.params.first_stage_key", "names of the published loader"),
    ignored("model.params.cond_stage_key", "names of the published loader"),
    ignored("model.params.image_size", kPhotoSize),
    ignored("model.params.channels", kShapes),
    ignored("model.params.log_every_t", kLogging),
    ignored("model.params.monitor", kLogging),
    ignored("model.params.ckpt_path", kCommandLine),
    ignored("model.params.ignore_keys", "a checkpoint is read whole"),
    ignored("model.params.load_only_unet", "a checkpoint is read whole"),

    only("model.params.personalization_config.target", "ldm.modules.embedding_manager.EmbeddingManager", kEmbeddings),
    ignored("model.params.personalization_config.params.*", kEmbeddings),

    only("model.params.unet_config.target", "ldm.modules.diffusionmodules.openaimodel.UNetModel", kPublished),
    maps("model.params.unet_config.params.num_heads", "model.unet_num_heads"),
    maps("model.params.unet_config.params.use_checkpoint", "train.gradient_checkpointing"),
    only("model.params.unet_config.params.num_head_channels", "-1", "give num_heads"),
    only("model.params.unet_config.params.num_heads_upsample", "-1", "all blocks have num_heads"),
    only("model.params.unet_config.params.use_spatial_transformer", "true", "prompts enter by cross-attention"),
    only("model.params.unet_config.params.dropout", "0", "the UNet has no dropout"),
    only("model.params.unet_config.params.dims", "2", "images have two dimensions"),
    only("model.params.unet_config.params.use_fp16", "false", kNoSetting),
    only("model.params.unet_config.params.use_scale_shift_norm", "false", "not in Stable Diffusion v1"),
    only("model.params.unet_config.params.resblock_updown", "false", "not in Stable Diffusion v1"),
    only("model.params.unet_config.params.use_new_attention_order", "false", "not in Stable Diffusion v1"),
    ignored("model.params.unet_config.params.legacy", "has no effect where num_heads is given"),
    ignored("model.params.unet_config.params.image_size", "unused by the published code too"),
    ignored("model.params.unet_config.params.in_channels", kShapes),
    ignored("model.params.unet_config.params.out_channels", kShapes),
    ignored("model.params.unet_config.params.model_channels", kShapes),
    ignored("model.params.unet_config.params.attention_resolutions", kShapes),
    ignored("model.params.unet_config.params.num_res_blocks", kShapes),
    ignored("model.params.unet_config.params.channel_mult", kShapes),
    ignored("model.params.unet_config.params.conv_resample", kShapes),
    ignored("model.params.unet_config.params.transformer_depth", kShapes),
    ignored("model.params.unet_config.params.context_dim", kShapes),

    only("model.params.first_stage_config.target", "ldm.models.autoencoder.AutoencoderKL", kPublished),
    ignored("model.params.first_stage_config.params.embed_dim", kShapes),
    ignored("model.params.first_stage_config.params.monitor", kAutoencoder),
    ignored("model.params.first_stage_config.params.ckpt_path", kCommandLine),
    ignored("model.params.first_stage_config.params.ddconfig.resolution", kPhotoSize),
    only("model.params.first_stage_config.params.ddconfig.dropout", "0", kAutoencoder),
    ignored("model.params.first_stage_config.params.ddconfig.double_z", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.z_channels", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.in_channels", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.out_ch", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.ch", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.ch_mult", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.num_res_blocks", kShapes),
    ignored("model.params.first_stage_config.params.ddconfig.attn_resolutions", kShapes),
    only("model.params.first_stage_config.params.lossconfig.target",
         "torch.nn.Identity|ldm.modules.losses.LPIPSWithDiscriminator", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_start", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_weight", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_factor", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_loss", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_conditional", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_in_channels", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.disc_num_layers", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.kl_weight", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.logvar_init", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.pixelloss_weight", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.perceptual_weight", kAutoencoder),
    ignored("model.params.first_stage_config.params.lossconfig.params.use_actnorm", kAutoencoder),

    only("model.params.cond_stage_config.target", "ldm.modules.encoders.modules.FrozenCLIPEmbedder", kPublished),
    maps("model.params.cond_stage_config.params.heads", "model.text_encoder_heads"),
    ignored("model.params.cond_stage_config.params.version", "the text encoder is in the checkpoint"),
    ignored("model.params.cond_stage_config.params.device", kDevice),
    only("model.params.cond_stage_config.params.max_length", "77", "the length that CLIP was trained on"),

    only("data.target", "main.DataModuleFromConfig", kReader),
    maps("data.params.batch_size", "data.batch_size"),
    maps("data.params.num_workers", "data.num_workers"),
    ignored("data.params.wrap", kReader),
    ignored("data.params.use_worker_init_fn", kReader),
    ignored("data.params.shuffle_test_loader", "there is no test set"),
    ignored("data.params.shuffle_val_dataloader", "there is no validation set"),
    only("data.params.train.target", kPersonalized, kReader),
    maps("data.params.train.params.size", "data.size"),
    maps("data.params.train.params.repeats", "data.train_repeats"),
    maps("data.params.train.params.flip_p", "data.flip_probability"),
    maps("data.params.train.params.center_crop", "data.center_crop"),
    only("data.params.train.params.interpolation", "bicubic", kReader),
    only("data.params.train.params.set", "train", kReader),
    only("data.params.train.params.reg", "false", kReader),
    only("data.params.train.params.per_image_tokens", "false", kEmbeddings),
    ignored("data.params.train.params.mixing_prob", kEmbeddings),
    ignored("data.params.train.params.data_root", kCommandLine),
    ignored("data.params.train.params.placeholder_token", kCommandLine),
    refused("data.params.train.params.coarse_class_text", "the caption is given on the command line"),
    only("data.params.reg.target", kPersonalized, kReader),
    maps("data.params.reg.params.size", "data.size"),
    maps("data.params.reg.params.repeats", "data.reg_repeats"),
    maps("data.params.reg.params.flip_p", "data.flip_probability"),
    maps("data.params.reg.params.center_crop", "data.center_crop"),
    only("data.params.reg.params.interpolation", "bicubic", kReader),
    only("data.params.reg.params.set", "train", kReader),
    only("data.params.reg.params.reg", "true", kReader),
    only("data.params.reg.params.per_image_tokens", "false", kEmbeddings),
    ignored("data.params.reg.params.mixing_prob", kEmbeddings),
    ignored("data.params.reg.params.data_root", kCommandLine),
    ignored("data.params.reg.params.placeholder_token", kCommandLine),
    refused("data.params.reg.params.coarse_class_text", "the caption is given on the command line"),
    ignored("data.params.validation.*", "there is no validation set"),
    ignored("data.params.test.*", "there is no test set"),
    ignored("data.params.predict.*", "there is no test set"),

    maps("lightning.trainer.max_steps", "train.steps"),
    maps("lightning.trainer.accumulate_grad_batches", "train.accumulation"),
    maps("lightning.trainer.gradient_clip_val", "train.max_grad_norm"),
    only("lightning.trainer.precision", "32", kNoSetting),
    ignored("lightning.trainer.max_epochs", "train.steps is the length of a run"),
    ignored("lightning.trainer.benchmark", kDevice),
    ignored("lightning.trainer.gpus", kDevice),
    ignored("lightning.trainer.devices", kDevice),
    ignored("lightning.trainer.num_nodes", kDevice),
    ignored("lightning.trainer.accelerator", kDevice),
    ignored("lightning.trainer.strategy", kDevice),
    ignored("lightning.trainer.log_every_n_steps", kLogging),
    ignored("lightning.trainer.check_val_every_n_epoch", "there is no validation set"),
    ignored("lightning.trainer.val_check_interval", "there is no validation set"),
    ignored("lightning.trainer.num_sanity_val_steps", "there is no validation set"),
    ignored("lightning.logger.*", kLogging),
    only("lightning.modelcheckpoint.target", "pytorch_lightning.callbacks.ModelCheckpoint", kPublished),
    maps("lightning.modelcheckpoint.params.every_n_train_steps", "train.checkpoint_every"),
    ignored("lightning.modelcheckpoint.params.save_top_k", kCheckpoints),
    ignored("lightning.modelcheckpoint.params.save_last", kCheckpoints),
    ignored("lightning.modelcheckpoint.params.save_weights_only", kCheckpoints),
    ignored("lightning.modelcheckpoint.params.monitor", kLogging),
    ignored("lightning.modelcheckpoint.params.verbose", kLogging),
    ignored("lightning.modelcheckpoint.params.dirpath", kCommandLine),
    ignored("lightning.modelcheckpoint.params.filename", kCommandLine),
    only("lightning.callbacks.image_logger.target", "main.ImageLogger", kPublished),
    maps("lightning.callbacks.image_logger.params.batch_frequency", "train.preview_every"),
    maps("lightning.callbacks.image_logger.params.max_images", "train.max_previews"),
    ignored("lightning.callbacks.image_logger.params.increase_log_steps",
            "previews come every train.preview_every steps"),
    ignored("lightning.callbacks.image_logger.params.log_first_step", "previews come every train.preview_every steps"),
    ignored("lightning.callbacks.image_logger.params.log_on_batch_idx",
            "previews come every train.preview_every steps"),
    ignored("lightning.callbacks.image_logger.params.clamp", "previews are plain images"),
    ignored("lightning.callbacks.image_logger.params.rescale", "previews are plain images"),
    only("lightning.callbacks.image_logger.params.disabled", "false", "train.preview_every = 0 turns previews off"),
    ignored("lightning.callbacks.image_logger.params.log_images_kwargs.*", "previews are plain images"),
    ignored("lightning.callbacks.metrics_over_trainsteps_checkpoint.*", kCheckpoints),
    ignored("lightning.callbacks.learning_rate_logger.*", kLogging),
    ignored("lightning.callbacks.cuda_callback.*", kLogging),
};

}  // namespace miafr
