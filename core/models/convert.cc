#include "core/models/convert.h"

#include <torch/types.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/base/log.h"
#include "core/io/checkpoint_writer.h"
#include "core/io/name_tables.h"
#include "core/models/checkpoint_parameters.h"
#include "core/models/finite.h"
#include "core/models/tensor_file.h"
#include "core/nn/autoencoder_kl.h"
#include "core/nn/clip_text_encoder.h"
#include "core/nn/unet.h"
#include "core/base/errors.h"
#include "core/base/text.h"

namespace miafr {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

bool is_float(DType dtype) { return at::isFloatingType(scalar_type(dtype)); }

// An entry under another name, shape and dtype; its values are read and cast when their turn comes. was: what messages
// call it.
TensorToWrite cast(const Checkpoint::Entry& entry, const std::string& was, const std::string& name,
                   std::vector<int64_t> shape, DType dtype) {
  const auto values = [entry, was, shape, dtype] {
    const at::Tensor stored = to_tensor(entry.read()).reshape(shape);
    if (!all_finite(stored)) log_warning(was + ": holds NaN or infinity, and is written so");
    return tensor_to_write(was, stored, dtype).values();
  };
  return {name, dtype, shape, values};
}

// The other layout writes a 1x1 convolution as linear, or the other way round.
std::vector<int64_t> other_shape(std::vector<int64_t> shape, Layout to) {
  if (to == Layout::kCompVis && shape.size() == 2) shape.insert(shape.end(), {1, 1});
  if (to == Layout::kDiffusers && shape.size() == 4) shape.resize(2);
  return shape;
}

std::vector<TensorToWrite> tensors_of(const Checkpoint& in, const std::optional<DType>& wanted, Layout to,
                                      std::vector<std::string>& left_out) {
  std::vector<std::string> names;
  for (const auto& [name, entry] : in.entries) names.push_back(name);
  const NameShape shape = NameShape::of(names);
  const bool translate = to != layout_of(in);
  std::vector<TensorToWrite> tensors;
  for (const auto& [name, entry] : in.entries) {
    const std::string was = in.path.string() + ": " + name;
    const DType dtype = wanted && is_float(entry.info.dtype) ? *wanted : entry.info.dtype;
    if (!translate) {
      const std::string usual = to == Layout::kCompVis ? usual_compvis_name(name) : name;
      tensors.push_back(cast(entry, was, usual, entry.info.shape, dtype));
      continue;
    }
    const auto other = to == Layout::kDiffusers ? compvis_to_diffusers(name, shape) : diffusers_to_compvis(name, shape);
    if (!other)
      left_out.push_back(name);
    else
      tensors.push_back(
          cast(entry, was, other->name, other->reshape ? other_shape(entry.info.shape, to) : entry.info.shape, dtype));
  }
  if (tensors.empty())
    throw Error(in.path.string() + ": none of its tensors is Stable Diffusion v1's, so there is no other layout");
  return tensors;
}

// ---- diffusers' folder

std::vector<std::string> block_types(const std::vector<bool>& attention, const char* with, const char* without) {
  std::vector<std::string> types;
  for (const bool has : attention) types.push_back(has ? with : without);
  return types;
}

std::vector<int64_t> times(const std::vector<int64_t>& multipliers, int64_t channels) {
  std::vector<int64_t> out;
  for (const int64_t multiplier : multipliers) out.push_back(multiplier * channels);
  return out;
}

ordered_json unet_json(const UNetConfig& config) {
  auto up = config.has_attention;
  std::reverse(up.begin(), up.end());
  return {{"_class_name", "UNet2DConditionModel"},
          {"in_channels", config.in_channels},
          {"out_channels", config.out_channels},
          {"block_out_channels", times(config.channel_mult, config.model_channels)},
          {"layers_per_block", config.num_res_blocks},
          {"cross_attention_dim", config.context_dim},
          {"attention_head_dim", config.num_heads},  // diffusers' name for the number of heads in this network
          {"down_block_types", block_types(config.has_attention, "CrossAttnDownBlock2D", "DownBlock2D")},
          {"up_block_types", block_types(up, "CrossAttnUpBlock2D", "UpBlock2D")},
          {"sample_size", 64}};
}

ordered_json autoencoder_json(const AutoencoderConfig& config, double scale_factor) {
  const std::size_t levels = config.channel_mult.size();
  return {{"_class_name", "AutoencoderKL"},
          {"in_channels", config.image_channels},
          {"out_channels", config.image_channels},
          {"latent_channels", config.latent_channels},
          {"block_out_channels", times(config.channel_mult, config.channels)},
          {"layers_per_block", config.num_res_blocks},
          {"scaling_factor", scale_factor},
          {"down_block_types", std::vector<std::string>(levels, "DownEncoderBlock2D")},
          {"up_block_types", std::vector<std::string>(levels, "UpDecoderBlock2D")},
          {"sample_size", 512}};
}

ordered_json text_json(const ClipTextConfig& config) {
  return {{"architectures", {"CLIPTextModel"}},
          {"model_type", "clip_text_model"},
          {"vocab_size", config.vocab_size},
          {"hidden_size", config.hidden_size},
          {"intermediate_size", config.intermediate_size},
          {"num_hidden_layers", config.num_layers},
          {"num_attention_heads", config.num_heads},
          {"max_position_embeddings", config.max_positions},
          {"projection_dim", config.hidden_size},
          {"hidden_act", "quick_gelu"}};
}

void write_json(const fs::path& file, const ordered_json& json) {
  std::ofstream out(file);
  if (!(out << json.dump(2) << "\n").flush()) throw Error(file.string() + ": cannot be written");
}

void write_configs(const fs::path& out, const Checkpoint& in, const ModelConfig& model) {
  const CheckpointParameters parameters(in, {});
  const ShapeLookup shape_of = parameters.shape_lookup();
  if (const auto config = UNetConfig::from_checkpoint(shape_of, "model.diffusion_model", model.unet_num_heads))
    write_json(out / "unet" / "config.json", unet_json(*config));
  if (const auto config = AutoencoderConfig::from_checkpoint(shape_of, "first_stage_model"))
    write_json(out / "vae" / "config.json", autoencoder_json(*config, model.scale_factor));
  if (const auto config = ClipTextConfig::from_checkpoint(shape_of, "cond_stage_model.transformer.text_model",
                                                          model.text_encoder_heads))
    write_json(out / "text_encoder" / "config.json", text_json(*config));
}

void write_folder(const fs::path& out, const std::vector<TensorToWrite>& all) {
  for (const auto& [network, file] :
       {std::pair("unet", "diffusion_pytorch_model.safetensors"),
        std::pair("vae", "diffusion_pytorch_model.safetensors"), std::pair("text_encoder", "model.safetensors")}) {
    const std::string prefix = std::string(network) + ".";
    std::vector<TensorToWrite> tensors;
    for (const TensorToWrite& tensor : all) {
      if (!starts_with(tensor.name, prefix)) continue;
      tensors.push_back(tensor);
      tensors.back().name.erase(0, prefix.size());
    }
    if (tensors.empty()) continue;
    std::error_code error;
    fs::create_directories(out / network, error);
    if (error) throw Error((out / network).string() + ": cannot be made: " + error.message());
    write_safetensors(out / network / file, tensors, {{"format", "pt"}});
  }
}

}  // namespace

Layout layout_of(const Checkpoint& checkpoint) {
  const auto below = [&](const char* prefix) {
    const auto at = checkpoint.entries.lower_bound(prefix);
    return at != checkpoint.entries.end() && starts_with(at->first, prefix);
  };
  return below("unet.") || below("vae.") || below("text_encoder.") ? Layout::kDiffusers : Layout::kCompVis;
}

std::vector<TensorToWrite> compvis_tensors(const Checkpoint& in, DType dtype) {
  std::vector<std::string> left_out;
  std::vector<TensorToWrite> networks;
  for (TensorToWrite& tensor : tensors_of(in, dtype, Layout::kCompVis, left_out))
    for (const char* network : {"model.diffusion_model.", "first_stage_model.", "cond_stage_model."})
      if (starts_with(tensor.name, network)) networks.push_back(std::move(tensor));
  return networks;
}

std::vector<std::string> convert(const Checkpoint& in, const fs::path& out, const ConvertOptions& options) {
  if (fs::exists(fs::symlink_status(out)))
    throw Error(out.string() + ": is there already; give another name or remove it");
  const Layout to = options.layout.value_or(layout_of(in));
  const std::string ending = out.extension();
  const bool torch = ending == ".ckpt" || ending == ".pt" || ending == ".pth" || ending == ".bin";
  if (to == Layout::kDiffusers && (torch || ending == ".safetensors"))
    throw Error(out.string() + ": the diffusers layout is a folder; give a name without " + ending +
                ", or --layout compvis");
  if (to == Layout::kCompVis && !torch && ending != ".safetensors")
    throw Error(out.string() + ": the name must end in .safetensors, .ckpt, .pt, .pth or .bin");
  std::vector<std::string> left_out;
  const std::vector<TensorToWrite> tensors = tensors_of(in, options.dtype, to, left_out);
  if (to == Layout::kDiffusers) {
    write_folder(out, tensors);
    write_configs(out, in, options.model);
  } else if (torch) {
    write_torch(out, tensors, {});
  } else {
    write_safetensors(out, tensors, in.format == "safetensors" ? in.metadata : std::map<std::string, std::string>{});
  }
  return left_out;
}

}  // namespace miafr
