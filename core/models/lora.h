// Low-rank updates of a network's weights (LoRA, arXiv 2106.09685): W + scale (alpha / rank) up down.
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/io/checkpoint.h"
#include "core/io/name_tables.h"
#include "core/nn/parameters.h"

namespace miafr {

// A LoRA and how much of it: "FILE" or "FILE:0.7" on the command line.
struct LoraChoice {
  std::filesystem::path file;
  double scale = 1;
};

// Throws UsageError for a scale that is no number.
LoraChoice parse_lora_choice(const std::string& text);

// One file, in kohya's names ("lora_unet_down_blocks_0_…_to_q.lora_down.weight", also with CompVis' block names) or
// those of diffusers ("unet.down_blocks.0.….to_q.lora_A.weight", and its older ones). Its strength, alpha / rank, is in
// tensors or in the metadata.
class Lora {
 public:
  // names: those of the checkpoint that it is for, in CompVis' layout. Throws Error for a file that is no LoRA of
  // Stable Diffusion v1: with a module the checkpoint does not have, a missing half, a rank that does not fit.
  Lora(const LoraChoice& choice, const std::vector<std::string>& names);

  // Adds to `weight`, the parameter of that CompVis name, what the file has for it; returns it as it is otherwise. The
  // sum is made in float32 and kept in the weight's dtype. Throws Error where shapes do not fit, or the sum is not
  // finite in that dtype.
  at::Tensor add_to(const std::string& name, const at::Tensor& weight) const;

  const LoraChoice choice;

 private:
  struct Module {
    std::string spelled;  // as the file has it
    at::Tensor down, up, mid;
    std::optional<double> alpha;
    double factor = 1;  // alpha / rank, or what the metadata have in its place
  };

  void read(const TensorView& view, const std::string& key, const std::string& weight, const std::string& part);
  void check() const;
  void take_strengths(const std::map<std::string, std::string>& texts, const NameShape& shape);
  void warn_of_settings(const std::vector<std::string>& not_applied,
                        const std::map<std::string, std::string>& texts) const;
  at::Tensor update(const Module& module, at::IntArrayRef shape) const;

  std::map<std::string, Module> modules_;  // by the CompVis name of the weight
};

// Any source of parameters with LoRAs added, in their order.
class LoraParameters final : public Parameters {
 public:
  LoraParameters(Parameters& source, const std::vector<Lora>& loras) : source_(source), loras_(loras) {}

  at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
    at::Tensor weight = source_.get(name, shape);
    for (const Lora& lora : loras_) weight = lora.add_to(name, weight);
    return weight;
  }

 private:
  Parameters& source_;
  const std::vector<Lora>& loras_;
};

}  // namespace miafr
