// All that a run is told by its config, one struct for each section of the file.
//
// What a checkpoint's shapes say (channels, layers, context size) is not here. To add a section: a struct here, its
// table in run_config.cc, a member of RunConfig and a line in for_each_section.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/config/plugin_choice.h"
#include "core/config/plugin_params.h"
#include "core/config/section.h"

namespace miafr {

struct ModelConfig {
  std::int64_t unet_num_heads = 8;
  std::int64_t text_encoder_heads = 12;
  double scale_factor = 0.18215;
  std::string prediction = "epsilon";
  std::int64_t timesteps = 1000;
  double linear_start = 0.00085;
  double linear_end = 0.012;
};

struct DataConfig {
  std::int64_t size = 512;
  bool center_crop = false;
  bool buckets = false;
  double flip_probability = 0.5;
  std::int64_t batch_size = 1;
  std::int64_t num_workers = 2;
  std::int64_t train_repeats = 100;
  std::int64_t reg_repeats = 10;
  std::string caption = "photo of a {token} {class}";
  std::string reg_caption = "A photo of a {label}";
  std::string caption_regex;
  std::string reg_caption_regex;
  std::string captions;
  std::string reg_captions;
};

struct TrainConfig {
  std::int64_t steps = 800;
  double learning_rate = 1e-6;
  std::string schedule = "constant";
  std::int64_t warmup_steps = 0;
  std::string optimizer = "adamw";
  double adam_beta1 = 0.9;
  double adam_beta2 = 0.999;
  double adam_epsilon = 1e-8;
  double weight_decay = 0.01;
  double max_grad_norm = 0;
  std::int64_t accumulation = 1;
  double reg_weight = 1.0;
  double min_snr_gamma = 0;
  std::int64_t seed = 23;
  std::string method = "full";
  bool train_text_encoder = true;
  std::int64_t lora_rank = 16;
  double lora_alpha = 16;
  std::string lora_modules = "attention";
  std::string lora_names = "kohya";
  bool use_ema = false;
  double ema_decay = 0.9999;
  bool gradient_checkpointing = true;
  std::string precision = "float32";
  std::string cache_latents = "memory";
  std::string detector = "mtcnn";
  std::string judge = "dlib_resnet";
  std::string save_format = "safetensors";
  std::string save_dtype = "float32";
  std::int64_t checkpoint_every = 500;
  std::int64_t keep_last = 2;
  std::int64_t preview_every = 500;
  std::int64_t max_previews = 8;
  std::int64_t gradient_norms_every = 50;
};

struct LossConfig {
  std::string name;
  double weight = 0.1;
  RawParams params = {};    // unchecked until the plugin is found: resolve_params(plugin's table, params, ...)
  std::string origin = "";  // where the plugin is named, "run.yaml:12"; "" where nobody named it

  PluginChoice choice() const { return {name, params}; }
};

struct SamplerConfig {
  std::string name = "ddim";
  std::int64_t steps = 50;
  RawParams params = {};
  std::string origin = "";

  PluginChoice choice() const { return {name, params}; }
};

// A prompt of `miafr generate`, where the command line gives none. A plain text in the list stands for {text: …}.
struct PromptConfig {
  std::string text;
  std::string label;  // what the pictures are filed under; "" for none
};

// What `miafr generate` paints of its prompts. A row here is an option of it, too, a key of `generate:` in a config, in
// an experiment and in each of its methods, and stands in what every picture says of itself.
struct GenerateConfig {
  std::int64_t images = 1;  // of a prompt in a round
  std::int64_t rounds = 1;
  std::int64_t batch_size = 0;  // computed together; 0: the images of a round
  std::int64_t width = 512, height = 512;
  std::int64_t seed = 42;
  double scale = 7.5;
  std::string negative_prompt;
  std::string noise = "per_image";
  bool fixed_code = false;
  std::string init_image;  // a file; "" for none
  double strength = 0;     // 0: 0.75, and 1 with invert
  bool invert = false;
  std::string source_prompt;
  std::string dtype = "float32";
  std::string precision = "autocast";
  bool ema = false;
};

// How `miafr evaluate` looks at pictures and what it reports.
struct EvaluateConfig {
  std::string references, impostors;  // of an experiment, folders
  Words matchers = {"dlib_resnet"};
  std::string detector = "mtcnn";
  std::string faces = "largest";
  double min_confidence = 0;
  double min_face = 0;
  bool aligned = false;
  std::string age = "dlib_age";
  Words quality = {"face_measures"};
  std::string min_quality;
  bool round_trip = false;
  Words fmr = {"0.1", "0.01", "0.001"};
  std::string baseline;
  std::string groups;
  std::int64_t bootstrap = 1000;
  std::int64_t seed = 1;
  std::string title;
  bool allow_trained_judge = false;
};

struct RunConfig {
  ModelConfig model;
  DataConfig data;
  TrainConfig train;
  std::vector<LossConfig> losses;
  SamplerConfig sampler;
  std::vector<PromptConfig> prompts;
  GenerateConfig generate;
  EvaluateConfig evaluate;
};

// Calls visit("model", config.model) and so on, in the order of the file. A visitor takes any section and any vector of
// sections. Config is RunConfig or const RunConfig.
template <class Config, class Visit>
void for_each_section(Config& config, Visit&& visit) {
  visit("model", config.model);
  visit("data", config.data);
  visit("train", config.train);
  visit("losses", config.losses);
  visit("sampler", config.sampler);
  visit("prompts", config.prompts);
  visit("generate", config.generate);
  visit("evaluate", config.evaluate);
}

// Whether a section names a plugin: then it has name, params and origin as above.
template <class S>
inline constexpr bool kNamesPlugin = false;
template <>
inline constexpr bool kNamesPlugin<LossConfig> = true;
template <>
inline constexpr bool kNamesPlugin<SamplerConfig> = true;

// The key that a section's entry has when it is written as a single value; none for most.
template <class S>
inline constexpr const char* kShortForm = nullptr;
template <>
inline constexpr const char* kShortForm<PromptConfig> = "text";

template <>
const Section<ModelConfig>& section<ModelConfig>();
template <>
const Section<DataConfig>& section<DataConfig>();
template <>
const Section<TrainConfig>& section<TrainConfig>();
template <>
const Section<LossConfig>& section<LossConfig>();
template <>
const Section<SamplerConfig>& section<SamplerConfig>();
template <>
const Section<PromptConfig>& section<PromptConfig>();
template <>
const Section<GenerateConfig>& section<GenerateConfig>();
template <>
const Section<EvaluateConfig>& section<EvaluateConfig>();

// A section's table, for help and documentation.
struct SectionInfo {
  std::string name;
  ParamTable table;
  bool is_list = false;       // the file holds a list of such entries
  bool names_plugin = false;  // takes `params` of the plugin it names
};
const std::vector<SectionInfo>& section_infos();

}  // namespace miafr
