// The random numbers of training: each a function of the run's seed, the step and the image's place in it. So nothing
// has to be stored for a run to be resumed exactly, and neither device, batch size nor number of ranks changes them.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace miafr {

// Which images of a step: `first` … `first + count - 1` of one set (0 the subject's, 1 the regularisation set's).
struct ImageRange {
  std::int64_t step = 0;
  std::int64_t set = 0;
  std::int64_t first = 0, count = 1;
};

class TrainingNoise {
 public:
  explicit TrainingNoise(std::uint64_t seed) : seed_(seed) {}  // below 2^32

  // Standard normal [count, shape...], float32 on the CPU: eps, and the draw from the autoencoder's posterior.
  at::Tensor noise(const ImageRange& images, at::IntArrayRef shape) const;
  at::Tensor posterior(const ImageRange& images, at::IntArrayRef shape) const;

  // Uniform in 0 .. num_timesteps - 1: [count] int64 on the CPU.
  at::Tensor timesteps(const ImageRange& images, std::int64_t num_timesteps) const;

 private:
  at::Tensor normals(const ImageRange& images, at::IntArrayRef shape, std::uint32_t purpose) const;
  const std::uint64_t seed_;
};

}  // namespace miafr
