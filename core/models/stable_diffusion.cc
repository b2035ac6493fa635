#include "core/models/stable_diffusion.h"

#include "core/base/errors.h"
#include "core/models/other_model.h"

namespace miafr {
namespace {

constexpr const char* kUNet = "model.diffusion_model";
constexpr const char* kAutoencoder = "first_stage_model";
constexpr const char* kText = "cond_stage_model.transformer.text_model";

// The attention splits the channels into heads, which only the config knows.
void check_heads(const std::string& path, const std::string& key, int64_t channels, int64_t heads) {
  if (heads < 1 || channels % heads != 0)
    throw Error(path + ": " + std::to_string(channels) + " channels do not divide into model." + key + " = " +
                std::to_string(heads) + " heads; give the config that the checkpoint was trained with");
}

}  // namespace

StableDiffusion::StableDiffusion(const std::filesystem::path& path, const ModelConfig& config,
                                 CheckpointParameters::Options options, const std::vector<LoraChoice>& loras)
    : config_(config),
      checkpoint_(std::make_unique<Checkpoint>(open_checkpoint(path))),
      parameters_(*checkpoint_, options) {
  for (const LoraChoice& choice : loras) loras_.emplace_back(choice, parameters_.names());
}

void StableDiffusion::refuse_other_model() const {
  const auto other = other_model(*checkpoint_);
  if (!other) return;
  throw Error(checkpoint_->path.string() + ": it is " + other->name +
              ", and a Stable Diffusion v1 checkpoint is needed" + (other->hint.empty() ? "" : "; " + other->hint));
}

void StableDiffusion::refuse(const std::string& network, const std::string& prefix) const {
  refuse_other_model();
  throw Error(checkpoint_->path.string() + ": no " + network + " in it (no keys such as " + prefix +
              ".…); it must be a Stable Diffusion v1 checkpoint, miafr inspect shows what it is");
}

UNetConfig StableDiffusion::unet_config() const {
  refuse_other_model();
  const auto config = UNetConfig::from_checkpoint(parameters_.shape_lookup(), kUNet, config_.unet_num_heads);
  if (!config) refuse("U-Net", kUNet);
  check_heads(checkpoint_->path.string(), "unet_num_heads", config->model_channels, config->num_heads);
  return *config;
}

ClipTextConfig StableDiffusion::text_config() const {
  refuse_other_model();
  const auto config = ClipTextConfig::from_checkpoint(parameters_.shape_lookup(), kText, config_.text_encoder_heads);
  if (!config) refuse("CLIP text encoder", kText);
  check_heads(checkpoint_->path.string(), "text_encoder_heads", config->hidden_size, config->num_heads);
  return *config;
}

AutoencoderConfig StableDiffusion::autoencoder_config() const {
  const auto config = AutoencoderConfig::from_checkpoint(parameters_.shape_lookup(), kAutoencoder);
  if (!config) refuse("autoencoder", kAutoencoder);
  return *config;
}

std::unique_ptr<UNetModel> StableDiffusion::load_unet() { return load_unet(with_loras_); }

std::unique_ptr<ClipTextEncoder> StableDiffusion::load_text_encoder() { return load_text_encoder(with_loras_); }

std::unique_ptr<UNetModel> StableDiffusion::load_unet(Parameters& source) {
  auto unet = std::make_unique<UNetModel>(unet_config(), Scope(source, kUNet));
  parameters_.check(kUNet);
  return unet;
}

std::unique_ptr<ClipTextEncoder> StableDiffusion::load_text_encoder(Parameters& source) {
  auto encoder = std::make_unique<ClipTextEncoder>(text_config(), Scope(source, kText));
  parameters_.check(kText);
  return encoder;
}

std::unique_ptr<AutoencoderDecoder> StableDiffusion::load_decoder() {
  auto decoder = std::make_unique<AutoencoderDecoder>(autoencoder_config(), Scope(replaced_, kAutoencoder));
  parameters_.check(std::string(kAutoencoder) + ".decoder");
  return decoder;
}

std::unique_ptr<AutoencoderEncoder> StableDiffusion::load_encoder() {
  auto encoder = std::make_unique<AutoencoderEncoder>(autoencoder_config(), Scope(replaced_, kAutoencoder));
  parameters_.check(std::string(kAutoencoder) + ".encoder");
  return encoder;
}

}  // namespace miafr
