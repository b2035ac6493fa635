#include "core/train/trained_networks.h"

#include "core/train/recompute.h"

namespace miafr {
namespace {

DType dtype_of(const std::string& name) {
  return name == "float16" ? DType::kFloat16 : name == "bfloat16" ? DType::kBfloat16 : DType::kFloat32;
}

std::unique_ptr<TrainedParameters> parameters_of(Parameters& source, const TrainConfig& config, bool trained) {
  if (!trained) return std::make_unique<FrozenParameters>(source);
  if (config.method == "full") return std::make_unique<FullParameters>(source);
  return std::make_unique<LoraTrainedParameters>(
      source, LoraSettings{config.lora_rank, config.lora_alpha, config.lora_modules == "attention",
                           static_cast<std::uint64_t>(config.seed)});
}

}  // namespace

TrainedNetworks::TrainedNetworks(StableDiffusion& model, const TrainConfig& config) : model_(model), config_(config) {
  unet_parameters_ = parameters_of(model.parameters(), config, true);
  text_parameters_ = parameters_of(model.parameters(), config, config.train_text_encoder);
  unet_ = model.load_unet(*unet_parameters_);
  text_encoder_ = model.load_text_encoder(*text_parameters_);
  if (config.gradient_checkpointing) unet_->run_part = recompute;
  trained_ = unet_parameters_->trained();
  num_unet_tensors_ = static_cast<std::int64_t>(trained_.size());
  trained_.insert(trained_.end(), text_parameters_->trained().begin(), text_parameters_->trained().end());
}

void TrainedNetworks::write(const std::filesystem::path& folder, const NamedTensors& weights,
                            const Metadata& metadata) const {
  const TensorState by_name(weights.begin(), weights.end());
  const DType dtype = dtype_of(config_.save_dtype);
  if (is_lora())
    return write_lora(folder / "lora.safetensors", by_name, config_.lora_alpha, model_.names(),
                      config_.lora_names == "kohya" ? LoraNames::kKohya : LoraNames::kDiffusers, dtype, metadata);
  const char* name = config_.save_format == "ckpt" ? "model.ckpt" : "model.safetensors";
  write_model(folder / name, model_.checkpoint(), by_name, dtype, metadata);
}

TensorState TrainedNetworks::changed(const NamedTensors& weights) const {
  TensorState by_name(weights.begin(), weights.end());
  return is_lora() ? merged_lora(by_name, config_.lora_alpha, model_.parameters()) : by_name;
}

}  // namespace miafr
