#include "core/models/lora.h"

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>
#include <utility>

#include "core/models/checkpoint_parameters.h"
#include "core/base/errors.h"
#include "core/base/text.h"

namespace miafr {
namespace {

constexpr const char* kUNet = "model.diffusion_model.";
constexpr const char* kWeight = ".weight";

std::string without_end(const std::string& text, const std::string& end) {
  return text.substr(0, text.size() - end.size());
}

void replace(std::string& text, const std::string& from, const std::string& to) {
  if (const auto at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
}

std::string flat(std::string module) {
  std::replace(module.begin(), module.end(), '.', '_');
  return module;
}

// Every name that a LoRA file may have for a module, to the CompVis name of its weight.
std::map<std::string, std::string> module_names(const std::vector<std::string>& names) {
  const NameShape shape = NameShape::of(names);
  std::map<std::string, std::string> modules;
  for (const std::string& name : names) {
    const auto other = compvis_to_diffusers(name, shape);
    if (!other || !ends_with(name, kWeight)) continue;
    const std::string module = without_end(other->name, kWeight);
    if (module.rfind("unet.", 0) == 0) {
      modules[module] = name;
      modules[module.substr(5)] = name;  // files of a U-Net alone leave the network out
      modules["lora_unet_" + flat(module.substr(5))] = name;
      modules["lora_unet_" + flat(without_end(name.substr(std::string(kUNet).size()), kWeight))] = name;
    } else if (module.rfind("text_encoder.", 0) == 0) {
      modules[module] = name;
      for (const char* prefix : {"lora_te_", "lora_te1_"}) modules[prefix + flat(module.substr(13))] = name;
    }
  }
  return modules;
}

// The key's module and which part of it the tensor is: "down", "up", "mid" or "alpha"; nothing for another key.
std::optional<std::pair<std::string, std::string>> split_key(const std::string& key) {
  static const std::vector<std::pair<std::string, std::string>> kEndings = {{".lora_down.weight", "down"},
                                                                            {".lora_up.weight", "up"},
                                                                            {".lora_mid.weight", "mid"},
                                                                            {".lora_A.weight", "down"},
                                                                            {".lora_B.weight", "up"},
                                                                            {".lora.down.weight", "down"},
                                                                            {".lora.up.weight", "up"},
                                                                            {"_lora.down.weight", "down"},
                                                                            {"_lora.up.weight", "up"},
                                                                            {".lora_linear_layer.down.weight", "down"},
                                                                            {".lora_linear_layer.up.weight", "up"},
                                                                            {".alpha", "alpha"}};
  for (const auto& [ending, part] : kEndings) {
    if (!ends_with(key, ending)) continue;
    std::string module = without_end(key, ending);
    replace(module, ".processor.", ".");  // diffusers' oldest names
    if (ends_with(module, ".to_out")) module += ".0";
    return std::pair(module, part);
  }
  return std::nullopt;
}

}  // namespace

LoraChoice parse_lora_choice(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || std::filesystem::exists(text)) return {text, 1};
  std::istringstream number(text.substr(colon + 1));
  number.imbue(std::locale::classic());
  LoraChoice choice{text.substr(0, colon), 1};
  if (!(number >> choice.scale) || !number.eof() || !std::isfinite(choice.scale))
    throw UsageError("--lora " + text + ": behind the colon must be a number, as in FILE:0.7");
  return choice;
}

Lora::Lora(const LoraChoice& choice, const std::vector<std::string>& names) : choice(choice) {
  const Checkpoint checkpoint = open_checkpoint(choice.file);
  const std::string file = choice.file.string();
  const auto known = module_names(names);
  for (const auto& [key, entry] : checkpoint.entries) {
    const auto split = split_key(key);
    if (!split)
      throw Error(file + ": " + key + ": not a tensor of a LoRA (lora_down, lora_up, lora_A, lora_B, alpha)" +
                  (key.find("dora_scale") != std::string::npos ? "; DoRA is not supported" : ""));
    const auto found = known.find(split->first);
    if (found == known.end())
      throw Error(file + ": " + key + ": the checkpoint has no such module" +
                  (key.rfind("lora_te2", 0) == 0 || key.rfind("text_encoder_2", 0) == 0
                       ? "; the LoRA is for Stable Diffusion XL"
                       : "; is the LoRA for Stable Diffusion v1?"));
    read(entry.read(), key, found->second, split->second);
  }
  if (modules_.empty()) throw Error(file + ": holds no LoRA");
  check();
}

void Lora::read(const TensorView& view, const std::string& key, const std::string& weight, const std::string& part) {
  Module& module = modules_[weight];
  if (module.spelled.empty()) module.spelled = key;
  const at::Tensor tensor = to_tensor(view).to(at::kFloat);
  if (part == "alpha") {
    if (tensor.numel() != 1 || !std::isfinite(tensor.item<double>()))
      throw Error(choice.file.string() + ": " + key + ": must be one finite number");
    module.alpha = tensor.item<double>();
    return;
  }
  at::Tensor& place = part == "down" ? module.down : part == "up" ? module.up : module.mid;
  if (place.defined()) throw Error(choice.file.string() + ": " + key + ": the module is there twice, under two names");
  if (tensor.dim() != 2 && tensor.dim() != 4)
    throw Error(choice.file.string() + ": " + key + ": has " + std::to_string(tensor.dim()) +
                " dimensions; 2 or 4 are needed");
  place = tensor;
}

void Lora::check() const {
  for (const auto& [weight, module] : modules_) {
    const std::string where = choice.file.string() + ": " + module.spelled + ": ";
    if (!module.down.defined() || !module.up.defined())
      throw Error(where + "its module has no " + (module.down.defined() ? "up" : "down") + " half");
    if (module.up.size(1) != (module.mid.defined() ? module.mid.size(0) : module.down.size(0)) ||
        (module.mid.defined() && module.mid.size(1) != module.down.size(0)))
      throw Error(where + "rank " + std::to_string(module.down.size(0)) + " of one half and " +
                  std::to_string(module.up.size(1)) + " of the other");
  }
}

at::Tensor Lora::update(const Module& module, at::IntArrayRef shape) const {
  const auto matrix = [](const at::Tensor& half) { return half.flatten(1); };
  const bool pointwise_up = module.up.dim() == 2 || (module.up.size(2) == 1 && module.up.size(3) == 1);
  at::Tensor product;  // [out, in k k]
  if (pointwise_up && !module.mid.defined())
    product = matrix(module.up).mm(matrix(module.down));
  else if (pointwise_up && (module.down.dim() == 2 || module.down.size(2) * module.down.size(3) == 1))
    product = at::einsum("or,rskl,si->oikl", {matrix(module.up), module.mid, matrix(module.down)}).flatten(1);
  const auto numel = c10::multiply_integers(shape);
  if (!product.defined() || product.size(0) != shape[0] || product.numel() != numel)
    throw Error(choice.file.string() + ": " + module.spelled + ": does not fit the weight of shape " +
                to_text(shape.vec()) + "; is the LoRA for Stable Diffusion v1?");
  const double rank = module.down.size(0);
  return product.view(shape) * (choice.scale * module.alpha.value_or(rank) / rank);
}

at::Tensor Lora::add_to(const std::string& name, const at::Tensor& weight) const {
  const auto found = modules_.find(name);
  if (found == modules_.end()) return weight;
  const at::Tensor sum = weight.to(at::kFloat) + update(found->second, weight.sizes()).to(weight.device());
  return sum.to(weight.scalar_type());
}

}  // namespace miafr
