// The parameters that training changes, and the networks' way to them.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "core/nn/parameters.h"
#include "core/train/named_tensors.h"

namespace miafr {

class TrainedParameters : public Parameters {
 public:
  // Leaves with requires_grad, float32, by name; in the order in which the networks asked for them.
  const NamedTensors& trained() const { return trained_; }

 protected:
  NamedTensors trained_;
};

// Full fine-tuning: every parameter asked for becomes a trained copy of its own.
class FullParameters final : public TrainedParameters {
 public:
  explicit FullParameters(Parameters& source) : source_(source) {}
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override;

 private:
  Parameters& source_;
};

// A source of which nothing is trained.
class FrozenParameters final : public TrainedParameters {
 public:
  explicit FrozenParameters(Parameters& source) : source_(source) {}
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override { return source_.get(name, shape); }

 private:
  Parameters& source_;
};

struct LoraSettings {
  std::int64_t rank = 16;
  double alpha = 16;           // the update is scaled by alpha / rank
  bool attention_only = true;  // else the feed-forward layers, too
  std::uint64_t seed = 0;
};

// LoRA (Hu et al., arXiv 2106.09685): the weights stay as they are, and beside every linear layer of the attention
// (to_q, to_k, to_v, to_out of a U-Net, q, k, v, out_proj of a text encoder), or of attention and feed-forward, two
// thin ones are trained. `down` starts Kaiming-uniform with a = sqrt(5), as torch.nn.Linear does, `up` at 0. They are
// named
// "<weight's name without .weight>.lora_down" and ".lora_up".
class LoraTrainedParameters final : public TrainedParameters {
 public:
  LoraTrainedParameters(Parameters& source, LoraSettings settings) : source_(source), settings_(settings) {}
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override { return source_.get(name, shape); }
  std::optional<LowRank> low_rank(const std::string& name, at::IntArrayRef shape) override;

  static constexpr const char* kDown = ".lora_down";
  static constexpr const char* kUp = ".lora_up";

 private:
  bool is_chosen(const std::string& name) const;

  Parameters& source_;
  const LoraSettings settings_;
};

}  // namespace miafr
