#include "core/pipeline/noise.h"

#include <cmath>

namespace miafr {
namespace {

// In (0, 1], so that its logarithm is finite.
double uniform(std::uint32_t word) { return (word + 1.0) * 0x1p-32; }

constexpr double kTwoPi = 6.283185307179586476925;

}  // namespace

PhiloxWords philox4x32_10(PhiloxWords counter, std::uint64_t key) {
  std::uint32_t low = static_cast<std::uint32_t>(key), high = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = 0xD2511F53ull * counter.word[0], b = 0xCD9E8D57ull * counter.word[2];
    counter = {{static_cast<std::uint32_t>(b >> 32) ^ counter.word[1] ^ low, static_cast<std::uint32_t>(b),
                static_cast<std::uint32_t>(a >> 32) ^ counter.word[3] ^ high, static_cast<std::uint32_t>(a)}};
    low += 0x9E3779B9u;
    high += 0xBB67AE85u;
  }
  return counter;
}

void philox_normals(float* out, std::int64_t count, std::uint32_t third, std::uint32_t fourth, std::uint64_t key) {
  for (std::int64_t i = 0; i < count; i += 4) {
    const auto block = static_cast<std::uint64_t>(i / 4);
    const PhiloxWords random = philox4x32_10(
        {{static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), third, fourth}}, key);
    for (std::int64_t j = 0; j < 4 && i + j < count; ++j) {
      const double radius = std::sqrt(-2 * std::log(uniform(random.word[j / 2 * 2])));
      const double angle = kTwoPi * uniform(random.word[j / 2 * 2 + 1]);
      out[i + j] = static_cast<float>(radius * (j % 2 == 0 ? std::cos(angle) : std::sin(angle)));
    }
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
