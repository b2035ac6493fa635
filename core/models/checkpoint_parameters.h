// A network's parameters from a Stable Diffusion v1 checkpoint, in CompVis' layout or as a diffusers folder.
#pragma once

#include <torch/types.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/io/checkpoint.h"
#include "core/models/tensor_file.h"
#include "core/nn/parameters.h"

namespace miafr {

class CheckpointParameters final : public Parameters {
 public:
  struct Options {
    at::Device device = at::kCPU;
    at::ScalarType dtype = at::kFloat;
    bool ema = false;    // the averaged weights of the U-Net in place of the last ones
    bool strict = true;  // check() refuses what does not fit; else it only warns
  };

  // checkpoint outlives this object. Throws Error where EMA weights are wanted and there are none.
  CheckpointParameters(const Checkpoint& checkpoint, Options options);

  // Names are those of a CompVis checkpoint; a diffusers folder is translated. What is missing or mis-shaped is noted
  // and answered with zeros, so that check() can name all of it at once. Throws Error for one that is not finite, or
  // is not in the dtype that is wanted.
  at::Tensor get(const std::string& name, at::IntArrayRef shape) override;

  // All names, as CompVis has them.
  std::vector<std::string> names() const;

  // Shapes by name, for the networks' from_checkpoint.
  ShapeLookup shape_lookup() const;

  // Call this when the network below `prefix` is built. It throws Error, or warns, with every key that is missing,
  // mis-shaped, or there and not used.
  void check(const std::string& prefix);

 private:
  const Checkpoint::Entry* find(const std::string& name) const;

  const Checkpoint& checkpoint_;
  const Options options_;
  std::map<std::string, const Checkpoint::Entry*> entries_;  // by CompVis' names
  std::set<std::string> used_;
  std::vector<std::string> missing_, mis_shaped_;
};

}  // namespace miafr
