#include "core/config/run_config.h"

namespace miafr {
namespace {

constexpr double kMany = 1e9;                // of anything that is counted
constexpr double kLargestSeed = 4294967295;  // 2^32 - 1, as in PyTorch Lightning

}  // namespace

template <>
const Section<ModelConfig>& section<ModelConfig>() {
  using M = ModelConfig;
  static const Section<M> kSection{
      field("unet_num_heads", &M::unet_num_heads, "attention heads of the UNet: no checkpoint's shapes tell them", 1,
            1024),
      field("text_encoder_heads", &M::text_encoder_heads, "attention heads of the text encoder, 12 in CLIP ViT-L/14", 1,
            1024),
      field("scale_factor", &M::scale_factor, "latents are the autoencoder's output times this", 1e-6, 1e6),
      field("prediction", &M::prediction, "what the UNet predicts: the noise, or v of arXiv 2202.00512", "epsilon|v"),
      field("timesteps", &M::timesteps, "steps of the noise schedule", 2, 1e6),
      field("linear_start", &M::linear_start, "beta at the first timestep; sqrt(beta) rises linearly", 1e-12, 0.999),
      field("linear_end", &M::linear_end, "beta at the last timestep", 1e-12, 0.999),
  };
  return kSection;
}

template <>
const Section<DataConfig>& section<DataConfig>() {
  using D = DataConfig;
  static const Section<D> kSection{
      field("size", &D::size, "photos are resized to this many pixels square; a multiple of 8", 8, 8192),
      field("center_crop", &D::center_crop, "cut out the middle of a photo first, instead of squeezing it"),
      field("buckets", &D::buckets,
            "photos that are not square become as many pixels in other proportions: sides are multiples of 64"),
      field("flip_probability", &D::flip_probability, "how often a photo is mirrored", 0, 1),
      field("batch_size", &D::batch_size, "photos of the subject per step, and as many of the regularisation set", 1,
            65536),
      field("num_workers", &D::num_workers, "threads that load photos", 0, 1024),
      field("train_repeats", &D::train_repeats,
            "of the published configs, without effect: a set is gone through in passes, each photo once", 1, kMany),
      field("reg_repeats", &D::reg_repeats, "the same of the regularisation set", 1, kMany),
      field("caption", &D::caption,
            "of a photo of the subject without one of its own (a .txt beside it, a row of captions); {token}, {class} "
            "and {label} are places"),
      field(
          "reg_caption", &D::reg_caption,
          "the same of the regularisation set; {label} is found by reg_caption_regex, else it is the letters that the "
          "file name begins with"),
      field("caption_regex", &D::caption_regex,
            "finds {label} in the path below the folder, as its first group: a regular expression in Perl's syntax"),
      field("reg_caption_regex", &D::reg_caption_regex, "the same of the regularisation set"),
      field("captions", &D::captions, "CSV file with the columns file (below the folder) and caption"),
      field("reg_captions", &D::reg_captions, "the same of the regularisation set"),
  };
  return kSection;
}

template <>
const Section<TrainConfig>& section<TrainConfig>() {
  using T = TrainConfig;
  static const Section<T> kSection{
      field("steps", &T::steps, "optimiser steps", 1, kMany),
      field("learning_rate", &T::learning_rate, "of AdamW, not scaled by the batch size", 0, 1),
      field("schedule", &T::schedule, "of the learning rate after the warm-up", "constant|linear|cosine"),
      field("warmup_steps", &T::warmup_steps, "steps over which the learning rate rises from 0", 0, kMany),
      field("optimizer", &T::optimizer, "AdamW; adamw8bit keeps its moments in 8 bits, block by block",
            "adamw|adamw8bit"),
      field("adam_beta1", &T::adam_beta1, "AdamW's decay of the first moment", 0, 0.999999),
      field("adam_beta2", &T::adam_beta2, "AdamW's decay of the second moment", 0, 0.999999),
      field("adam_epsilon", &T::adam_epsilon, "AdamW's addition to the denominator", 1e-20, 1),
      field("weight_decay", &T::weight_decay, "of AdamW", 0, 1),
      field("max_grad_norm", &T::max_grad_norm, "a longer gradient is shortened to this norm; 0: never", 0, 1e9),
      field("accumulation", &T::accumulation, "batches whose gradients are averaged for one optimiser step", 1, 65536),
      field("reg_weight", &T::reg_weight, "weight of the regularisation set's loss against the subject's", 0, 1e6),
      field("min_snr_gamma", &T::min_snr_gamma,
            "weight of timesteps min(SNR, gamma) / SNR (arXiv 2303.09556; 5 is usual); 0: all alike", 0, 1e6),
      field("seed", &T::seed, "of noise, timesteps, order of photos and flips", 0, kLargestSeed),
      field("method", &T::method, "full: all weights of the networks; lora: thin matrices beside them, a small file",
            "full|lora"),
      field("train_text_encoder", &T::train_text_encoder, "train the text encoder along with the UNet"),
      field("lora_rank", &T::lora_rank, "rank of the LoRA's matrices", 1, 1024),
      field("lora_alpha", &T::lora_alpha, "the LoRA's update is scaled by alpha / rank", 1e-6, 1e6),
      field("lora_modules", &T::lora_modules, "where the LoRA sits: attention, or all (feed-forward layers, too)",
            "attention|all"),
      field("lora_names", &T::lora_names, "whose names the LoRA's file has: kohya's sd-scripts or diffusers",
            "kohya|diffusers"),
      field("use_ema", &T::use_ema, "keep a moving average of the weights, and save that"),
      field("ema_decay", &T::ema_decay, "of the moving average; it rises to this: min(decay, (1 + n) / (10 + n))", 0,
            0.9999999),
      field("gradient_checkpointing", &T::gradient_checkpointing,
            "compute activations again in the backward pass: less memory, more time"),
      field("precision", &T::precision, "of the networks' arithmetic; weights and optimiser stay float32",
            "float32|bfloat16"),
      field("cache_latents", &T::cache_latents,
            "encode each photo once: keep the latents in memory, or on disk for later runs, too; none: at every step",
            "none|memory|disk"),
      plugin_field("detector", &T::detector, "finds the faces that a loss or the judge asks for", "face_detector"),
      plugin_field("judge", &T::judge,
                   "the matcher that finds the subject in previews; the best checkpoint is the one it scores highest",
                   "face_matcher"),
      field("save_format", &T::save_format, "of a full checkpoint; ckpt is what torch.load reads", "safetensors|ckpt"),
      field("save_dtype", &T::save_dtype, "of the saved weights", "float32|float16|bfloat16"),
      field("checkpoint_every", &T::checkpoint_every, "steps between checkpoints; 0: only at the end", 0, kMany),
      field("keep_last", &T::keep_last, "checkpoints that are kept, beside the best one; 0: all", 0, kMany),
      field("preview_every", &T::preview_every, "steps between preview images; 0: none", 0, kMany),
      field("max_previews", &T::max_previews, "most images of one preview; 0: none", 0, 1024),
      field("gradient_norms_every", &T::gradient_norms_every,
            "steps between measurements of each loss's gradient on the UNet, a backward pass for each; 0: never", 0,
            kMany),
  };
  return kSection;
}

template <>
const Section<LossConfig>& section<LossConfig>() {
  using L = LossConfig;
  static const Section<L> kSection{
      plugin_field("name", &L::name, "a loss plugin", "loss"),
      field("weight", &L::weight, "added to the training loss times this", 0, 1e6),
  };
  return kSection;
}

template <>
const Section<SamplerConfig>& section<SamplerConfig>() {
  using S = SamplerConfig;
  static const Section<S> kSection{
      plugin_field("name", &S::name, "a sampler plugin", "sampler").spelled("sampler"),
      field("steps", &S::steps, "denoising steps", 1, 1e6).spelled("steps|ddim_steps"),
  };
  return kSection;
}

template <>
const Section<PromptConfig>& section<PromptConfig>() {
  using P = PromptConfig;
  static const Section<P> kSection{
      field("text", &P::text, "what miafr generate paints; {age}, {attribute}, {token} and {class} are places"),
      field("label", &P::label, "what its pictures are filed under"),
  };
  return kSection;
}

template <>
const Section<GenerateConfig>& section<GenerateConfig>() {
  using G = GenerateConfig;
  static const Section<G> kSection{
      field("images", &G::images, "pictures of each prompt in a round", 1, 1e6).spelled("images|n_samples"),
      field("rounds", &G::rounds, "how often the images are painted, with further seeds", 1, 1e6)
          .spelled("rounds|n_iter"),
      field("batch_size", &G::batch_size,
            "pictures computed together, which changes no picture unless noise is batch; 0: those of a round", 0, 1e6),
      field("width", &G::width, "pixels", 8, kNoLimit).spelled("width|W"),
      field("height", &G::height, "pixels", 8, kNoLimit).spelled("height|H"),
      field("seed", &G::seed, "of the first picture of each prompt; the next have the next", 0, kNoLimit),
      field("scale", &G::scale, "guidance scale; 1: none", -kNoLimit, kNoLimit),
      field("negative_prompt", &G::negative_prompt, "what to stay away from; empty: nothing"),
      field("noise", &G::noise,
            "per_image: a picture's noise depends on its seed alone; batch: one stream for all, as published",
            "per_image|batch"),
      field("fixed_code", &G::fixed_code, "every round begins with the same noise"),
      field("init_image", &G::init_image, "a photo to begin with, squeezed to width x height; empty: none")
          .spelled("init-img|init_image"),
      field("strength", &G::strength,
            "share of the steps that the photo is taken through, over 0 to 1; 0: 0.75, and 1 with invert", 0, 1),
      field("invert", &G::invert, "find the photo's noise by running the sampler in reverse, instead of drawing it"),
      field("source_prompt", &G::source_prompt, "what the photo shows, for invert"),
      field("dtype", &G::dtype, "of the weights; half of them is half the memory, and slower on a CPU",
            "float32|float16|bfloat16"),
      field("precision", &G::precision, "autocast: the U-Net computes in half precision on CUDA", "autocast|full"),
      field("ema", &G::ema, "the averaged weights, where the checkpoint has them"),
  };
  return kSection;
}

template <>
const Section<EvaluateConfig>& section<EvaluateConfig>() {
  using E = EvaluateConfig;
  static const Section<E> kSection{
      field("references", &E::references,
            "real pictures, a folder for each person; thresholds come from these; empty in an experiment: the "
            "subjects' own photos")
          .spelled("references|r"),
      field("impostors", &E::impostors, "of an experiment: further persons, a folder each, for more impostors")
          .spelled(""),
      field("matchers", &E::matchers,
            "face matcher plugins; NAME:weights=FILE,… sets parameters; may be given several times")
          .spelled("matcher|m|matchers"),
      plugin_field("detector", &E::detector, "finds the faces; NAME:key=value,… sets its parameters", "face_detector"),
      field("faces", &E::faces, "which of several; only: several are a failure", "largest|centred|only|all"),
      field("min_confidence", &E::min_confidence, "least confidence of the detector; 0: its own threshold", 0, 1)
          .spelled("min-confidence"),
      field("min_face", &E::min_face, "least size of a face in pixels", 0, 1e6).spelled("min-face"),
      field("aligned", &E::aligned, "the images are aligned faces already: nothing is detected"),
      plugin_field("age", &E::age, "estimates apparent ages; or none", "age_estimator"),
      field("quality", &E::quality, "quality plugins, or none; may be given several times"),
      field("min_quality", &E::min_quality, "least quality score of a picture, such as face_measures.sharpness=30")
          .spelled("min-quality"),
      field("round_trip", &E::round_trip,
            "of an experiment: the references also go through the checkpoint's autoencoder and back, the ceiling")
          .spelled(""),
      field("fmr", &E::fmr, "false match rates to report FNMR at, over 0 to 1"),
      field("baseline", &E::baseline,
            "method that the others are compared with; empty: the first edited one, and original if there is only one"),
      field("groups", &E::groups, "CSV subject,group: error rates of each group of persons at the thresholds of all"),
      field("bootstrap", &E::bootstrap, "replicates of the intervals over subjects; 0: Wilson intervals only", 0, 1e6),
      field("seed", &E::seed, "of the bootstrap", 0, kNoLimit),
      field("title", &E::title, "of the report"),
      field("allow_trained_judge", &E::allow_trained_judge,
            "let matchers that a loss was trained against be the only judges")
          .spelled("allow-trained-judge"),
  };
  return kSection;
}

namespace {

struct Describe {
  template <class S>
  void operator()(const char* name, S&) const {
    infos.push_back({name, section<S>().every_row(), false, kNamesPlugin<S>});
  }
  template <class S>
  void operator()(const char* name, std::vector<S>&) const {
    infos.push_back({name, section<S>().every_row(), true, kNamesPlugin<S>});
  }
  std::vector<SectionInfo>& infos;
};

}  // namespace

const std::vector<SectionInfo>& section_infos() {
  static const std::vector<SectionInfo> kInfos = [] {
    std::vector<SectionInfo> infos;
    RunConfig config;
    for_each_section(config, Describe{infos});
    return infos;
  }();
  return kInfos;
}

}  // namespace miafr
