// What the file of a LoRA says of it beside the tensors: the configuration of PEFT, which diffusers keeps in the
// metadata, and the same in plain keys.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace miafr {

// A network's LoraConfig of PEFT, as far as it changes what a LoRA does.
struct LoraNetworkConfig {
  double alpha = 8;  // PEFT's default
  std::optional<std::int64_t> rank;
  bool root_of_rank = false;                                       // alpha / sqrt(rank) in place of alpha / rank
  std::vector<std::pair<std::string, double>> alphas, ranks = {};  // of single modules, by the ends of their names
};

// How strong a module is.
struct LoraStrength {
  double alpha = 0;
  std::optional<std::int64_t> rank;  // for a check against the tensors
  bool root_of_rank = false;
};

class LoraMetadata {
 public:
  // metadata: the texts of a safetensors file. Throws Error, without the file's name, for what cannot be read and for
  // a kind of LoRA that is not W + factor up down, such as DoRA.
  explicit LoraMetadata(const std::map<std::string, std::string>& metadata);

  // The strength of a module, named as diffusers calls it ("unet.down_blocks.0.….to_q"); nothing where the metadata do
  // not say.
  std::optional<LoraStrength> strength_of(const std::string& module) const;

  // Settings that are there and change nothing here, "unet.bias = all".
  const std::vector<std::string>& not_applied() const { return not_applied_; }

 private:
  std::map<std::string, LoraNetworkConfig> networks_;  // by "unet", "text_encoder", or "" for any
  std::vector<std::string> not_applied_;
};

}  // namespace miafr
