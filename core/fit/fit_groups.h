// What an editor trains: its groups of tensors, each with its optimiser.
#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "core/plugin/editor.h"
#include "core/train/adamw.h"
#include "core/train/named_tensors.h"

namespace miafr {

class FitGroups {
 public:
  // Throws Error for a group without a name of its own, and for tensors that cannot be trained.
  explicit FitGroups(std::vector<FitGroup> groups);

  // FitStep::update. max_norm: longer gradients are shortened to it; 0: never. Returns the norm of the gradients; where
  // it or the loss is not finite, nothing has changed.
  double update(const std::string& group, const at::Tensor& loss, double learning_rate, double max_norm);

  std::vector<std::string> names() const;
  double bytes() const;  // of the parameters

  // "weight" and "optimizer".
  TensorParts state() const;
  // Throws Error where they do not fit. origin: where they are from.
  void load_state(TensorParts parts, const std::string& origin);

 private:
  struct Group {
    std::string name;
    NamedTensors parameters;
    std::unique_ptr<AdamW> optimizer;
  };
  Group& named(const std::string& name);
  TensorState weights() const;

  std::vector<Group> groups_;
};

}  // namespace miafr
