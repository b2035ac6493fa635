#include "core/models/other_model.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <set>
#include <vector>

#include "core/base/shown.h"
#include "core/base/text.h"
#include "core/io/diffusers_folder.h"

namespace miafr {
namespace {

constexpr const char* kWhole = "give the checkpoint or the diffusers folder that it is a part of";
constexpr const char* kNotLora = "this program adds no such file";

class Names {
 public:
  explicit Names(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  // Whether any tensor's name begins so, has that inside, or ends so.
  bool begin(const std::string& start) const {
    const auto at = checkpoint_.entries.lower_bound(start);
    return at != checkpoint_.entries.end() && starts_with(at->first, start);
  }
  bool contain(const std::string& part) const {
    return any([&](const std::string& name) { return name.find(part) != name.npos; });
  }
  bool end(const std::string& ending) const {
    return any([&](const std::string& name) { return ends_with(name, ending); });
  }

 private:
  template <class Test>
  bool any(const Test& test) const {
    return std::any_of(checkpoint_.entries.begin(), checkpoint_.entries.end(),
                       [&](const auto& entry) { return test(entry.first); });
  }

  const Checkpoint& checkpoint_;
};

// ---- files that change a model

// For which model a LoRA is, where it is not the first Stable Diffusion.
std::string base_of_lora(const Names& names) {
  if (names.begin("lora_te2_") || names.begin("text_encoder_2.")) return " of Stable Diffusion XL";
  if (names.contain("single_transformer_blocks.") || names.contain("double_blocks")) return " of Flux";
  if (names.begin("transformer.")) return " of a transformer such as Stable Diffusion 3";
  return "";
}

std::optional<OtherModel> lora(const Checkpoint& checkpoint, const Names& names) {
  for (const char* part : {".hada_w1_a", ".lokr_w1", ".oft_blocks", ".oft_diag", ".glora_"})
    if (names.contain(part)) return OtherModel{"a LyCORIS file of another kind than LoRA", kNotLora};
  std::set<std::string> layers;
  std::int64_t rank = 0;
  for (const auto& [name, entry] : checkpoint.entries)
    for (const char* ending : {".lora_down.weight", ".lora_A.weight", ".lora.down.weight", "_lora.down.weight",
                               ".lora_linear_layer.down.weight", ".lora_A.default.weight"})
      if (ends_with(name, ending) && layers.insert(name.substr(0, name.size() - std::string(ending).size())).second &&
          !entry.info.shape.empty())
        rank = std::max(rank, entry.info.shape[0]);
  if (layers.empty()) return std::nullopt;
  const std::string base = base_of_lora(names);
  return OtherModel{"a LoRA of rank " + std::to_string(rank) + " for " + std::to_string(layers.size()) +
                        (layers.size() == 1 ? " layer" : " layers") + base,
                    base.empty() ? "give it with --lora" : kNotLora};
}

// A learned word: a dictionary of one, or a tensor alone that is named by it.
bool is_textual_inversion(const Checkpoint& checkpoint, const Names& names) {
  constexpr std::int64_t kTextWidths[] = {768, 1024, 1280};
  if (names.begin("string_to_param.") || names.begin("emb_params")) return true;
  if (checkpoint.entries.size() == 2 && checkpoint.has("clip_g") && checkpoint.has("clip_l")) return true;
  if (checkpoint.entries.size() != 1) return false;
  const std::vector<std::int64_t>& shape = checkpoint.entries.begin()->second.info.shape;
  return !shape.empty() && shape.size() <= 2 &&
         std::find(std::begin(kTextWidths), std::end(kTextWidths), shape.back()) != std::end(kTextWidths);
}

std::optional<OtherModel> addition(const Checkpoint& checkpoint, const Names& names) {
  if (const auto found = lora(checkpoint, names)) return found;
  if (names.begin("control_model.") || names.begin("controlnet_cond_embedding.") || names.begin("input_hint_block."))
    return OtherModel{"a ControlNet", "this program knows none"};
  if (names.begin("ip_adapter.")) return OtherModel{"an IP-Adapter", "this program knows none"};
  if (is_textual_inversion(checkpoint, names))
    return OtherModel{"a textual-inversion embedding", "this program takes none; a LoRA it does"};
  return std::nullopt;
}

// ---- models

// A text encoder as wide as OpenCLIP's ViT-H, which only the second version has.
bool has_wide_text(const Checkpoint& checkpoint) {
  constexpr std::int64_t kWidth = 1024;
  for (const char* name : {"text_encoder.text_model.embeddings.position_embedding.weight",
                           "text_encoder.embeddings.position_embedding.weight",
                           "cond_stage_model.transformer.text_model.embeddings.position_embedding.weight"})
    if (const auto found = checkpoint.entries.find(name); found != checkpoint.entries.end())
      return found->second.info.shape.size() == 2 && found->second.info.shape[1] == kWidth;
  return false;
}

// By what a diffusers folder says of itself. Pipelines of both the first and the second version are "StableDiffusion…".
std::optional<OtherModel> by_pipeline(const Checkpoint& checkpoint) {
  const auto found = checkpoint.metadata.find(kPipelineClass);
  if (found == checkpoint.metadata.end()) return std::nullopt;
  const std::string& name = found->second;
  if (starts_with(name, "StableDiffusionXL")) return OtherModel{"Stable Diffusion XL", ""};
  if (starts_with(name, "StableDiffusion3")) return OtherModel{"Stable Diffusion 3", ""};
  if (starts_with(name, "StableDiffusion")) return std::nullopt;
  return OtherModel{"a model for the " + shown(name) + " of diffusers", ""};
}

std::optional<OtherModel> whole_model(const Checkpoint& checkpoint, const Names& names) {
  if (names.begin("cond_stage_model.model.") || has_wide_text(checkpoint)) return OtherModel{"Stable Diffusion 2", ""};
  if (names.begin("conditioner.embedders.") || names.begin("unet.add_embedding.") || names.begin("add_embedding.") ||
      names.begin("model.diffusion_model.label_emb."))
    return OtherModel{"Stable Diffusion XL", ""};
  if (names.contain("joint_blocks.") || names.contain("attn.add_q_proj.")) {
    const bool flux = names.contain("single_transformer_blocks.");
    return OtherModel{flux ? "Flux" : "Stable Diffusion 3", ""};
  }
  if (names.contain("double_blocks.") && names.contain("single_blocks.")) return OtherModel{"Flux", ""};
  return by_pipeline(checkpoint);
}

// One file of a diffusers folder, in which its names have no network before them.
std::optional<OtherModel> lone_network(const Names& names) {
  if (names.begin("down_blocks.") && names.begin("time_embedding."))
    return OtherModel{"the U-Net of a diffusers folder alone", kWhole};
  if (names.begin("encoder.") && names.begin("decoder.")) return OtherModel{"an autoencoder alone", kWhole};
  if (names.begin("text_model.encoder.")) return OtherModel{"a CLIP text encoder alone", kWhole};
  return std::nullopt;
}

}  // namespace

std::optional<OtherModel> other_model(const Checkpoint& checkpoint) {
  const Names names(checkpoint);
  const bool has_text = names.begin("cond_stage_model.transformer.") && !has_wide_text(checkpoint);
  if (has_text && names.begin("model.diffusion_model.input_blocks.")) return std::nullopt;  // with additions, perhaps
  if (const auto found = addition(checkpoint, names)) return found;
  if (const auto found = whole_model(checkpoint, names)) return found;
  return lone_network(names);
}

}  // namespace miafr
