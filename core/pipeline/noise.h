// The random numbers of a generation run. Both sources draw on the CPU, so that the device changes nothing.
#pragma once

#include <ATen/core/Generator.h>
#include <torch/types.h>

#include <cstdint>

#include "core/plugin/sampler.h"

namespace miafr {

// Noise for a batch: the start x_T and then the steps'.
class RunNoise : public NoiseSource {
 public:
  // Standard normal x_T of that shape [N,C,h,w], float32 on the CPU. Called once, before any draw.
  virtual at::Tensor start(at::IntArrayRef shape) = 0;
};

// One stream per image, whatever else is in its batch: Philox4x32-10 (Salmon et al., SC 2011) with the image's seed as
// key, and step and element as counter; normals by Box and Muller. Image n of the batch has seed first_seed + n.
class PerImageNoise final : public RunNoise {
 public:
  explicit PerImageNoise(std::uint64_t first_seed) : first_seed_(first_seed) {}
  at::Tensor start(at::IntArrayRef shape) override;
  at::Tensor draw(const at::Tensor& like, std::int64_t step) override;
  void skip(const at::Tensor&, std::int64_t) override {}

 private:
  at::Tensor normals(at::IntArrayRef shape, std::uint32_t step) const;
  const std::uint64_t first_seed_;
};

// One torch generator for all batches of a run, drawn as the published sampler draws: also where the noise is unused.
class BatchNoise final : public RunNoise {
 public:
  explicit BatchNoise(at::Generator generator) : generator_(std::move(generator)) {}
  at::Tensor start(at::IntArrayRef shape) override;
  at::Tensor draw(const at::Tensor& like, std::int64_t step) override;
  void skip(const at::Tensor& like, std::int64_t step) override;

 private:
  at::Generator generator_;
};

// `count` standard normals (Box and Muller) from Philox with that key and the counters {block, block >> 32, third,
// fourth}, four from each block.
void philox_normals(float* out, std::int64_t count, std::uint32_t third, std::uint32_t fourth, std::uint64_t key);

}  // namespace miafr
