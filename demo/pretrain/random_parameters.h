// Parameters of a network that is trained from scratch: drawn at random, or gone on with where there are some already.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>

#include "core/nn/parameters.h"

namespace miafr::demo {

class RandomParameters final : public Parameters {
 public:
  // given: what is not drawn, by name. The same seed and the same order of questions draw the same.
  explicit RandomParameters(std::uint64_t seed, std::map<std::string, at::Tensor> given = {});

  // Weights of one dimension are 1 and biases 0; embeddings are normal with standard deviation 0.02; all others are
  // uniform within 1 / sqrt(inputs), as LibTorch's layers begin, but 0 for what closes a residual branch of a U-Net.
  // Throws Error where a given tensor has another shape.
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override;

 private:
  at::Tensor draw(const std::string& name, at::IntArrayRef shape);

  at::Generator generator_;
  const std::map<std::string, at::Tensor> given_;
};

}  // namespace miafr::demo
