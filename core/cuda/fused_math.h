// The arithmetic of the fused kernels, in float and for one number at a time. The kernels for CUDA (kernels.cu) and the
// tests on the CPU call these same functions.
#pragma once

#include <cmath>

#ifdef __CUDACC__
#define MIAFR_HOST_DEVICE __host__ __device__
#else
#define MIAFR_HOST_DEVICE
#endif

namespace miafr::cuda {

// Count, mean and sum of squared deviations from the mean. No difference of large sums, so that float is enough.
struct Moments {
  float count = 0, mean = 0, m2 = 0;

  // Chan, Golub and LeVeque, Updating formulae and a pairwise algorithm for computing sample variances, 1979.
  MIAFR_HOST_DEVICE void merge(const Moments& other) {
    if (other.count == 0) return;
    const float total = count + other.count, share = other.count / total, delta = other.mean - mean;
    mean += delta * share;
    m2 += other.m2 + delta * delta * count * share;
    count = total;
  }
};

// The moments of the first `count` numbers; there must be at least one.
template <unsigned kSize>
MIAFR_HOST_DEVICE Moments moments_of(const float (&numbers)[kSize], unsigned count) {
  float sum = 0, m2 = 0;
  for (unsigned k = 0; k < kSize; ++k) sum += k < count ? numbers[k] : 0;
  const float mean = sum / count;
  for (unsigned k = 0; k < kSize; ++k) {
    const float delta = k < count ? numbers[k] - mean : 0;
    m2 += delta * delta;
  }
  return {static_cast<float>(count), mean, m2};
}

// x -> scale x + shift.
struct alignas(8) Affine {
  float scale, shift;
};

// What group normalisation (Wu and He, arXiv 1803.08494) does to one channel of a group with these moments.
MIAFR_HOST_DEVICE inline Affine group_norm_affine(const Moments& group, float eps, float weight, float bias) {
  const float scale = weight / std::sqrt(group.m2 / group.count + eps);
  return {scale, bias - group.mean * scale};
}

// x sigmoid(x) (Hendrycks and Gimpel, arXiv 1606.08415).
MIAFR_HOST_DEVICE inline float silu(float x) { return x / (1 + std::exp(-x)); }

MIAFR_HOST_DEVICE inline float normalise(float x, const Affine& affine, bool with_silu) {
  const float y = affine.scale * x + affine.shift;
  return with_silu ? silu(y) : y;
}

// Classifier-free guidance (Ho and Salimans, arXiv 2207.12598): from the noise without text towards that with text.
MIAFR_HOST_DEVICE inline float guided(float without_text, float with_text, float scale) {
  return without_text + scale * (with_text - without_text);
}

}  // namespace miafr::cuda
