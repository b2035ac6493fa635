#include "core/train/training_noise.h"

#include <ATen/core/PhiloxRNGEngine.h>

#include <vector>

#include "core/pipeline/noise.h"

namespace miafr {
namespace {

// The last word of the counter: what a number is for, and for which set.
enum Purpose : std::uint32_t { kNoise = 1, kPosterior = 2, kTimestep = 3 };

std::uint32_t last_word(Purpose purpose, std::int64_t set) { return purpose | static_cast<std::uint32_t>(set) << 16; }

std::uint64_t key_of(std::uint64_t seed, std::int64_t image) { return seed | static_cast<std::uint64_t>(image) << 32; }

}  // namespace

at::Tensor TrainingNoise::normals(const ImageRange& images, at::IntArrayRef shape, std::uint32_t last) const {
  std::vector<std::int64_t> full = {images.count};
  full.insert(full.end(), shape.begin(), shape.end());
  const at::Tensor out = at::empty(full, at::kFloat);
  const std::int64_t each = c10::multiply_integers(shape);
  for (std::int64_t i = 0; i < images.count; ++i)
    philox_normals(out.data_ptr<float>() + i * each, each, static_cast<std::uint32_t>(images.step), last,
                   key_of(seed_, images.first + i));
  return out;
}

at::Tensor TrainingNoise::noise(const ImageRange& images, at::IntArrayRef shape) const {
  return normals(images, shape, last_word(kNoise, images.set));
}

at::Tensor TrainingNoise::posterior(const ImageRange& images, at::IntArrayRef shape) const {
  return normals(images, shape, last_word(kPosterior, images.set));
}

at::Tensor TrainingNoise::timesteps(const ImageRange& images, std::int64_t num_timesteps) const {
  const at::Tensor out = at::empty({images.count}, at::kLong);
  for (std::int64_t i = 0; i < images.count; ++i) {
    const std::uint64_t counter =
        static_cast<std::uint32_t>(images.step) | static_cast<std::uint64_t>(last_word(kTimestep, images.set)) << 32;
    const std::uint64_t word = at::Philox4_32(key_of(seed_, images.first + i), counter)();
    out.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(word * static_cast<std::uint64_t>(num_timesteps) >> 32);
  }
  return out;
}

}  // namespace miafr
