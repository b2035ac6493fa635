// Parameters from tensors that are in memory already.
#pragma once

#include <torch/types.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/nn/parameters.h"

namespace miafr {

class TensorParameters final : public Parameters {
 public:
  // file: what messages call the tensors' origin. What is asked for comes in the dtype and on the device of `options`.
  TensorParameters(std::map<std::string, at::Tensor> tensors, std::string file,
                   at::TensorOptions options = at::TensorOptions().dtype(at::kFloat))
      : tensors_(std::move(tensors)), file_(std::move(file)), options_(options) {}

  // Throws std::runtime_error with the file, the name and both shapes.
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
    const auto found = tensors_.find(name);
    if (found == tensors_.end())
      throw std::runtime_error(file_ + ": no tensor " + name + "; it is not a checkpoint of this network");
    if (!found->second.sizes().equals(shape))
      throw std::runtime_error(file_ + ": " + name + " is " + c10::str(found->second.sizes()) + " and must be " +
                               c10::str(shape) + "; it is not a checkpoint of this network");
    return found->second.to(options_);
  }

  const std::string& file() const { return file_; }

  // Shapes by name, for the networks' from_checkpoint; valid as long as this object.
  ShapeLookup shape_lookup() const {
    return [this](const std::string& name) -> std::optional<std::vector<int64_t>> {
      const auto found = tensors_.find(name);
      if (found == tensors_.end()) return std::nullopt;
      return found->second.sizes().vec();
    };
  }

 private:
  const std::map<std::string, at::Tensor> tensors_;
  const std::string file_;
  const at::TensorOptions options_;
};

}  // namespace miafr
