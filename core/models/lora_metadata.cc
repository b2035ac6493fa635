#include "core/models/lora_metadata.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/base/text.h"
#include "core/io/guarded_json.h"

namespace miafr {
namespace {

using nlohmann::json;

constexpr const char* kDiffusersKey = "lora_adapter_metadata";
constexpr const char* kNetworks[] = {"unet", "text_encoder"};

// What was of use to the training alone, or says what the tensors' names say.
const std::set<std::string>& without_effect() {
  static const auto& keys = *new std::set<std::string>{"arrow_config",
                                                       "auto_mapping",
                                                       "base_model_name_or_path",
                                                       "corda_config",
                                                       "ensure_weight_tying",
                                                       "eva_config",
                                                       "exclude_modules",
                                                       "inference_mode",
                                                       "layers_pattern",
                                                       "layers_to_transform",
                                                       "loftq_config",
                                                       "lora_dropout",
                                                       "lora_ga_config",
                                                       "megatron_config",
                                                       "megatron_core",
                                                       "peft_version",
                                                       "qalora_group_size",
                                                       "revision",
                                                       "runtime_config",
                                                       "target_modules",
                                                       "target_parameters",
                                                       "task_type"};
  return keys;
}

// What makes a LoRA another thing than W + factor up down.
const std::set<std::string>& not_supported() {
  static const auto& keys = *new std::set<std::string>{"alora_invocation_tokens",
                                                       "fan_in_fan_out",
                                                       "kasa_config",
                                                       "layer_replication",
                                                       "lora_bias",
                                                       "modules_to_save",
                                                       "monteclora_config",
                                                       "trainable_token_indices",
                                                       "use_bdlora",
                                                       "use_dora",
                                                       "use_qalora",
                                                       "velora_config"};
  return keys;
}

// Whether a setting is as it is where nobody has touched it.
bool is_neutral(const json& value) {
  if (value.is_null() || value == false || value == "" || value == "none") return true;
  return (value.is_object() || value.is_array()) && value.empty();
}

double number_of(const std::string& key, const json& value) {
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    throw Error(key + " in its metadata must be one finite number");
  return value.get<double>();
}

std::int64_t rank_of(const std::string& key, const json& value) {
  const double rank = number_of(key, value);
  if (rank < 1 || rank != std::floor(rank) || rank > 1e9) throw Error(key + " in its metadata must be a rank from 1");
  return static_cast<std::int64_t>(rank);
}

// The end of a module's name that PEFT would look for as an expression: "attn1.to_q", or "^" and a whole name.
std::string name_end(const std::string& key, std::string pattern) {
  for (std::size_t at = 0; (at = pattern.find("\\.", at)) != pattern.npos; ++at) pattern.erase(at, 1);
  if (ends_with(pattern, "$")) pattern.pop_back();
  const std::size_t first = starts_with(pattern, "^") ? 1 : 0;
  constexpr const char* kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (pattern.size() == first || pattern.find_first_not_of(kPlain, first) != pattern.npos)
    throw Error(key + " in its metadata has the expression " + miafr::quoted(pattern) +
                ", and only names of modules are read; save the LoRA with alpha tensors");
  return pattern;
}

std::vector<std::pair<std::string, double>> patterns_of(const std::string& key, const json& value) {
  std::vector<std::pair<std::string, double>> patterns;
  if (is_neutral(value)) return patterns;
  if (!value.is_object()) throw Error(key + " in its metadata must be a map of modules");
  for (const auto& [pattern, number] : value.items())
    patterns.emplace_back(name_end(key, pattern), number_of(key, number));
  return patterns;
}

// These begin with the weights' own singular vectors and the like, which are taken off the weights.
bool changes_the_base(const json& init) {
  if (!init.is_string()) return false;
  for (const char* way : {"pissa", "olora", "corda", "loftq", "lora_ga"})
    if (starts_with(init.get_ref<const std::string&>(), way)) return true;
  return false;
}

// One setting, by its name in PEFT; key: as the file has it.
void read_setting(const std::string& key, const std::string& name, const json& value, LoraNetworkConfig& config,
                  std::vector<std::string>& not_applied) {
  if (name == "r") {
    config.rank = rank_of(key, value);
  } else if (name == "lora_alpha") {
    config.alpha = number_of(key, value);
  } else if (name == "use_rslora") {
    config.root_of_rank = !is_neutral(value);
  } else if (name == "alpha_pattern") {
    config.alphas = patterns_of(key, value);
  } else if (name == "rank_pattern") {
    config.ranks = patterns_of(key, value);
  } else if (name == "peft_type"               ? value != "LORA"
             : not_supported().count(name) > 0 ? !is_neutral(value)
                                               : name == "init_lora_weights" && changes_the_base(value)) {
    throw Error(key + " = " + shown(value.dump()) + " in its metadata: such a LoRA is not supported");
  } else if (name != "peft_type" && name != "init_lora_weights" && without_effect().count(name) == 0 &&
             !is_neutral(value)) {
    not_applied.push_back(key + " = " + shown(value.dump()));
  }
}

// Value of the first pattern that the name ends with, at the begin of one of its parts.
std::optional<double> by_pattern(const std::vector<std::pair<std::string, double>>& patterns, const std::string& name) {
  for (const auto& [pattern, value] : patterns) {
    if (starts_with(pattern, "^") ? name == pattern.substr(1) : name == pattern || ends_with(name, "." + pattern))
      return value;
  }
  return std::nullopt;
}

// "text_encoder.text_model.encoder.…" as releases of Transformers without "text_model." have it.
std::string without_text_model(std::string name) {
  constexpr std::string_view kTextModel = "text_model.";
  if (starts_with(name, kTextModel)) name.erase(0, kTextModel.size());
  return name;
}

}  // namespace

LoraMetadata::LoraMetadata(const std::map<std::string, std::string>& metadata) {
  if (const auto text = metadata.find(kDiffusersKey); text != metadata.end()) {
    const json settings = parse_guarded(text->second, std::string(kDiffusersKey) + " in its metadata", /*max_depth=*/8);
    if (!settings.is_object()) throw Error(std::string(kDiffusersKey) + " in its metadata is not a JSON object");
    for (const auto& [key, value] : settings.items()) {
      const std::size_t dot = key.find('.');
      const std::string network = dot == key.npos ? "" : key.substr(0, dot);
      if (!network.empty() && std::find(std::begin(kNetworks), std::end(kNetworks), network) == std::end(kNetworks))
        continue;  // of a network that Stable Diffusion v1 does not have; its tensors are refused
      read_setting(key, key.substr(dot + 1), value, networks_[network], not_applied_);
    }
    return;
  }
  // Plain keys, of trainers that write what they were told.
  const auto alpha = metadata.find("lora_alpha");
  if (alpha == metadata.end()) return;
  for (const char* key : {"lora_alpha", "r", "use_rslora", "use_dora", "alpha_pattern", "rank_pattern"}) {
    const auto found = metadata.find(key);
    if (found == metadata.end()) continue;
    std::string text = found->second;
    if (text == "True" || text == "False" || text == "None")  // as Python shows them
      text = text == "True" ? "true" : text == "False" ? "false" : "null";
    read_setting(key, key, parse_guarded(text, std::string(key) + " in its metadata", /*max_depth=*/4), networks_[""],
                 not_applied_);
  }
}

std::optional<LoraStrength> LoraMetadata::strength_of(const std::string& module) const {
  const std::size_t dot = module.find('.');
  auto config = networks_.find(module.substr(0, dot));
  if (config == networks_.end()) config = networks_.find("");
  if (config == networks_.end()) return std::nullopt;
  const LoraNetworkConfig& network = config->second;
  LoraStrength strength{network.alpha, network.rank, network.root_of_rank};
  const std::string name = module.substr(dot + 1);
  for (const std::string& one : {without_text_model(name), name}) {
    if (const auto alpha = by_pattern(network.alphas, one)) strength.alpha = *alpha;
    if (const auto rank = by_pattern(network.ranks, one)) strength.rank = static_cast<std::int64_t>(*rank);
  }
  return strength;
}

}  // namespace miafr
