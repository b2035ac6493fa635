#include "core/models/lora.h"

#include <algorithm>
#include <cmath>
#include <locale>
#include <sstream>
#include <utility>

#include "core/base/log.h"
#include "core/base/shown.h"
#include "core/models/checkpoint_parameters.h"
#include "core/base/errors.h"
#include "core/base/text.h"
#include "core/models/finite.h"
#include "core/models/lora_metadata.h"
#include "core/models/other_model.h"

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
      std::string without = module;  // as some releases of Transformers have it
      replace(without, "text_encoder.text_model.", "text_encoder.");
      for (const std::string& one : {module, without}) {
        modules[one] = name;
        for (const char* prefix : {"lora_te_", "lora_te1_"}) modules[prefix + flat(one.substr(13))] = name;
      }
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

// Behind a name that no LoRA has.
std::string what_else(const Checkpoint& checkpoint, const std::string& key) {
  if (key.find("dora_scale") != key.npos || key.find("lora_magnitude_vector") != key.npos)
    return "; DoRA is not supported";
  if (const auto other = other_model(checkpoint))
    return starts_with(other->name, "a LoRA") ? "" : "; the file is " + other->name;
  for (const char* network : {kUNet, "model_ema.", "first_stage_model.", "cond_stage_model.", "unet.", "vae."})
    if (key.rfind(network, 0) == 0) return "; the file is a whole model, give it with --ckpt";
  return "";
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
                  what_else(checkpoint, key));
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
  try {
    take_strengths(checkpoint.metadata, NameShape::of(names));
  } catch (const Error& e) {
    throw Error(file + ": " + e.what());
  }
}

// An alpha tensor goes before what the metadata say; where nothing says it, alpha is the rank.
void Lora::take_strengths(const std::map<std::string, std::string>& texts, const NameShape& shape) {
  const LoraMetadata metadata(texts);
  for (auto& [weight, module] : modules_) {
    const auto rank = static_cast<double>(module.down.size(0));
    if (module.alpha) {
      module.factor = *module.alpha / rank;
      continue;
    }
    const std::string name = without_end(compvis_to_diffusers(weight, shape).value().name, kWeight);
    const auto strength = metadata.strength_of(name);
    if (!strength) continue;
    if (strength->rank.value_or(module.down.size(0)) != module.down.size(0))
      throw Error(module.spelled + ": its rank is " + std::to_string(module.down.size(0)) + ", and the metadata say " +
                  std::to_string(*strength->rank));
    module.factor = strength->alpha / (strength->root_of_rank ? std::sqrt(rank) : rank);
  }
  warn_of_settings(metadata.not_applied(), texts);
}

void Lora::warn_of_settings(const std::vector<std::string>& not_applied,
                            const std::map<std::string, std::string>& texts) const {
  for (const std::string& setting : not_applied)
    log_warning(choice.file.string() + ": " + setting + " in its metadata is not applied");
  const auto alpha = texts.find("ss_network_alpha");
  const bool any_alpha =
      std::any_of(modules_.begin(), modules_.end(), [](const auto& m) { return bool{m.second.alpha}; });
  if (alpha != texts.end() && !any_alpha)
    log_warning(choice.file.string() + ": ss_network_alpha = " + shown(alpha->second) +
                " in its metadata is not applied, as its tensors have no alpha; the trainer's own programs read those");
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
  check_finite(tensor, choice.file.string() + ": " + key);
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
  return product.view(shape) * (choice.scale * module.factor);
}

at::Tensor Lora::add_to(const std::string& name, const at::Tensor& weight) const {
  const auto found = modules_.find(name);
  if (found == modules_.end()) return weight;
  const std::string what = choice.file.string() + ": " + found->second.spelled + ": the sum with " + name;
  const at::Tensor sum = weight.to(at::kFloat) + update(found->second, weight.sizes()).to(weight.device());
  if (!all_finite(sum)) throw Error(what + " is not finite; add less of it, as in --lora FILE:0.5");
  return in_dtype(sum, weight.scalar_type(), what);
}

}  // namespace miafr
