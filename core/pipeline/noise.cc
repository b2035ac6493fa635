#include "core/pipeline/noise.h"

#include <ATen/core/PhiloxRNGEngine.h>

#include <cmath>

namespace miafr {
namespace {

// In (0, 1], so that its logarithm is finite.
double uniform(std::uint32_t word) { return (word + 1.0) * 0x1p-32; }

constexpr double kTwoPi = 6.283185307179586476925;

}  // namespace

void philox_normals(float* out, std::int64_t count, std::uint32_t third, std::uint32_t fourth, std::uint64_t key) {
  at::Philox4_32 random(key, third | static_cast<std::uint64_t>(fourth) << 32);
  for (std::int64_t i = 0; i < count; i += 2) {
    const double radius = std::sqrt(-2 * std::log(uniform(random())));
    const double angle = kTwoPi * uniform(random());
    out[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < count) out[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
}

at::Tensor PerImageNoise::normals(at::IntArrayRef shape, std::uint32_t step) const {
  const at::Tensor noise = at::empty(shape, at::kFloat);
  const int64_t count = noise.numel() / shape[0];  // of one image
  for (int64_t image = 0; image < shape[0]; ++image)
    philox_normals(noise.data_ptr<float>() + image * count, count, step, 0, first_seed_ + image);
  return noise;
}

at::Tensor PerImageNoise::start(at::IntArrayRef shape) { return normals(shape, 0); }

at::Tensor PerImageNoise::draw(const at::Tensor& like, std::int64_t step) {
  return normals(like.sizes(), static_cast<std::uint32_t>(step + 1)).to(like.options());
}

at::Tensor BatchNoise::start(at::IntArrayRef shape) { return at::randn(shape, generator_, at::kFloat); }

at::Tensor BatchNoise::draw(const at::Tensor& like, std::int64_t) {
  return at::randn(like.sizes(), generator_, at::kFloat).to(like.options());
}

void BatchNoise::skip(const at::Tensor& like, std::int64_t step) { draw(like, step); }

}  // namespace miafr
