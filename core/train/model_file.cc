#include "core/train/model_file.h"

#include <algorithm>

#include "core/io/checkpoint_writer.h"
#include "core/io/name_tables.h"
#include "core/models/convert.h"
#include "core/models/tensor_file.h"
#include "core/base/errors.h"

namespace miafr {
namespace {

constexpr const char* kDown = LoraTrainedParameters::kDown;
constexpr const char* kUp = LoraTrainedParameters::kUp;

// A layer's name in both tools: "lora_unet_down_blocks_0_…" and "unet.down_blocks.0.…".
struct LayerNames {
  std::string kohya, diffusers;
};

LayerNames names_of(const std::string& layer, const NameShape& shape) {
  constexpr const char* kWeight = ".weight";
  const auto other = compvis_to_diffusers(layer + kWeight, shape);
  if (!other) throw Error("LoRA: " + layer + " is no layer of Stable Diffusion v1");
  const std::string module = other->name.substr(0, other->name.size() - std::string(kWeight).size());
  const auto dot = module.find('.');
  std::string flat = module.substr(dot + 1);
  std::replace(flat.begin(), flat.end(), '.', '_');
  return {(module.substr(0, dot) == "unet" ? "lora_unet_" : "lora_te_") + flat, module};
}

// Calls use(layer, down, up) for each layer.
template <class Use>
void for_each_layer(const TensorState& trained, Use&& use) {
  const std::size_t ending = std::string(kDown).size();
  for (const auto& [name, down] : trained) {
    if (name.size() < ending || name.compare(name.size() - ending, ending, kDown) != 0) continue;
    const std::string layer = name.substr(0, name.size() - ending);
    use(layer, down, trained.at(layer + kUp));
  }
}

}  // namespace

void write_model(const std::filesystem::path& file, const Checkpoint& base, const TensorState& trained, DType dtype,
                 const Metadata& metadata) {
  std::vector<TensorToWrite> tensors = compvis_tensors(base, dtype);
  for (TensorToWrite& tensor : tensors)
    if (const auto found = trained.find(tensor.name); found != trained.end())
      tensor = tensor_to_write(tensor.name, found->second.reshape(tensor.shape), dtype);
  if (file.extension() == ".ckpt")
    write_torch(file, tensors, metadata);
  else
    write_safetensors(file, tensors, metadata);
}

void write_lora(const std::filesystem::path& file, const TensorState& trained, double alpha,
                const std::vector<std::string>& names, LoraNames naming, DType dtype, const Metadata& metadata) {
  const NameShape shape = NameShape::of(names);
  std::vector<TensorToWrite> tensors;
  for_each_layer(trained, [&](const std::string& layer, const at::Tensor& down, const at::Tensor& up) {
    const LayerNames other = names_of(layer, shape);
    if (naming == LoraNames::kKohya) {
      tensors.push_back(tensor_to_write(other.kohya + ".alpha", at::scalar_tensor(alpha, at::kFloat), dtype));
      tensors.push_back(tensor_to_write(other.kohya + ".lora_down.weight", down, dtype));
      tensors.push_back(tensor_to_write(other.kohya + ".lora_up.weight", up, dtype));
    } else {
      const at::Tensor scaled = up.detach() * (alpha / static_cast<double>(down.size(0)));
      tensors.push_back(tensor_to_write(other.diffusers + ".lora_A.weight", down, dtype));
      tensors.push_back(tensor_to_write(other.diffusers + ".lora_B.weight", scaled, dtype));
    }
  });
  write_safetensors(file, tensors, metadata);
}

TensorState merged_lora(const TensorState& trained, double alpha, Parameters& base) {
  const at::NoGradGuard no_gradients;
  TensorState merged;
  for_each_layer(trained, [&](const std::string& layer, const at::Tensor& down, const at::Tensor& up) {
    const std::string name = layer + ".weight";
    const at::Tensor weight = base.get(name, {up.size(0), down.size(1)});
    merged[name] = weight + (alpha / static_cast<double>(down.size(0))) * up.mm(down).to(weight.scalar_type());
  });
  return merged;
}

}  // namespace miafr
