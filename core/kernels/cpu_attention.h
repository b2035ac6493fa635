// Attention on the CPU for inference: softmax(q k^T / sqrt(d)) v with the softmax taken on the way (Dao et al., arXiv
// 2205.14135), by hand since at::scaled_dot_product_attention multiplies by MKL, which on the heads of 40 and 80
// numbers that Stable Diffusion has reaches half of what the processor can.
//
// Keys and values are laid into panels once (panel_product.h): scores have keys in a vector's lanes, and the mixture of
// values numbers of a head. Neither is padded but to the next panel.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/kernels/cpu_instructions.h"
#include "core/kernels/panel_product.h"
#include "core/kernels/vector.h"

namespace miafr {
namespace flash {

using simd::load_wide;
using simd::store_wide;
using simd::Wide;
static_assert(kPanel == simd::kWideLanes);

// 2^x for x <= 0, within 2 roundings; below 2^-126 that. NaN stays.
MIAFR_AVX512_INLINE Wide exp2(Wide x) {
  using Bits = int32_t __attribute__((vector_size(simd::kWideLanes * sizeof(int32_t))));
  constexpr float kToNearest = 12582912;  // 1.5 * 2^23: added, it leaves the whole number in the lowest bits
  x = x < -126.0f ? Wide{} - 126.0f : x;
  const Wide shifted = x + kToNearest;
  const Wide f = x - (shifted - kToNearest);
  const Wide power = (Wide)(((Bits)shifted << 23) + 0x3f800000);
  return power *
         (1 + f * (0.693147203f +
                   f * (0.240226479f +
                        f * (0.0555033247f + f * (0.00961843736f + f * (0.00133988747f + f * 0.000153533622f))))));
}

// Scores of `count` keys; those that fill up the panel are as low as none.
constexpr float kNone = -1e30f;
MIAFR_AVX512_INLINE Wide scores_of(const float* panel, int64_t count) {
  using Bits = int32_t __attribute__((vector_size(simd::kWideLanes * sizeof(int32_t))));
  constexpr Bits lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const Wide x = load_wide(panel);
  return count >= kPanel ? x : (lane < static_cast<int32_t>(count) ? x : Wide{} + kNone);
}

// Turns scores into powers: one row of scores by panels, each `step` behind the last, becomes p = 2^(scale (score -
// max)), in a row of whole panels. `max` and `total` are those of the keys so far, and are brought up to date. Returns
// by what the mixture so far is to be multiplied.
MIAFR_AVX512 inline float softmax(const float* scores, int64_t step, int64_t keys, float scale, float& max,
                                  float& total, float* p) {
  const float before = max;
  Wide highest = Wide{} + max;
  for (int64_t key = 0; key < keys; key += kPanel) {
    const Wide x = scores_of(scores + key / kPanel * step, keys - key);
    highest = x > highest ? x : highest;
  }
  for (int64_t i = 0; i < kPanel; ++i) max = std::max(max, highest[i]);
  Wide sums = {};
  for (int64_t key = 0; key < keys; key += kPanel) {
    const Wide power = exp2((scores_of(scores + key / kPanel * step, keys - key) - max) * scale);
    store_wide(p + key, power);
    sums += power;
  }
  const float correction = std::exp2((before - max) * scale);
  total *= correction;
  for (int64_t i = 0; i < kPanel; ++i) total += sums[i];
  return correction;
}

// Multiplies a row of a mixture, which lies in panels `step` apart, by a factor.
MIAFR_AVX512 inline void multiply_row(float* mixture, int64_t step, int64_t panels, float factor) {
  for (int64_t i = 0; i < panels; ++i) store_wide(mixture + i * step, load_wide(mixture + i * step) * factor);
}

constexpr int64_t kRows = panel::kWideRows;  // of queries that are computed together
constexpr int64_t kGroup = 8;                // such blocks that share keys in the second cache
constexpr int64_t kMostKeys = 512;           // that are taken at a time,
constexpr int64_t kNumbers = 1 << 16;        // or fewer, where heads are large

inline int64_t panels_of(int64_t columns) { return at::divup(columns, kPanel); }

// What one head computes with: keys are [panels of T][d][16] and values are [panels of d][T][16].
struct Head {
  const float* queries;
  int64_t query_stride;
  const float *keys, *values;
  float* out;
  int64_t out_stride;
};

struct Sizes {
  int64_t queries, keys, d;
  float scale;  // of scores, for powers of 2

  int64_t keys_at_a_time() const { return std::clamp(kNumbers / d / kPanel * kPanel, 4 * kPanel, kMostKeys); }
  int64_t key_panels() const { return panels_of(keys); }
  int64_t value_panels() const { return panels_of(d); }
  int64_t packed_keys() const { return key_panels() * d * kPanel; }
  int64_t packed_values() const { return value_panels() * keys * kPanel; }
};

// x [rows, columns], rows `stride` apart, as panels of 16 columns; or of 16 rows, for its transpose.
inline void pack_columns(const float* x, int64_t rows, int64_t columns, int64_t stride, float* to) {
  for (int64_t first = 0; first < columns; first += kPanel) {
    const int64_t count = std::min(kPanel, columns - first);
    for (int64_t row = 0; row < rows; ++row, to += kPanel) {
      std::memcpy(to, x + row * stride + first, count * sizeof(float));
      std::fill(to + count, to + kPanel, 0.0f);
    }
  }
}
inline void pack_rows(const float* x, int64_t rows, int64_t columns, int64_t stride, float* to) {
  for (int64_t first = 0; first < rows; first += kPanel, to += columns * kPanel) {
    const int64_t count = std::min(kPanel, rows - first);
    for (int64_t i = 0; i < kPanel; ++i)
      for (int64_t column = 0; column < columns; ++column)
        to[column * kPanel + i] = i < count ? x[(first + i) * stride + column] : 0.0f;
  }
}

// Queries [first, first + count) of a head, count <= kGroup * kRows.
inline void attend(const Sizes& sizes, const Head& head, int64_t first, int64_t count) {
  const int64_t most = sizes.keys_at_a_time(), width = sizes.value_panels() * kPanel;
  static thread_local Scratch scores_memory, powers_memory, mixture_memory;
  float* const scores = scores_memory.floats(panels_of(most) * kRows * kPanel);  // [panels][rows][16]
  float* const powers = powers_memory.floats(kRows * most);                      // [rows][keys]
  float* const mixture = mixture_memory.floats(kGroup * kRows * width);          // [blocks][panels][rows][16]
  float max[kGroup * kRows], total[kGroup * kRows];
  std::fill_n(mixture, kGroup * kRows * width, 0.0f);
  std::fill_n(max, count, kNone);
  std::fill_n(total, count, 0.0f);
  for (int64_t key = 0; key < sizes.keys; key += most) {
    const int64_t keys = std::min(most, sizes.keys - key);
    for (int64_t begin = 0; begin < count; begin += kRows) {
      const int64_t rows = std::min(kRows, count - begin);
      multiply_panels({head.queries + (first + begin) * head.query_stride, rows, head.query_stride,
                       head.keys + key * sizes.d, sizes.d * kPanel, sizes.d, scores, kRows * kPanel, panels_of(keys),
                       /*add=*/false});
      float* const mixed = mixture + begin * width;
      for (int64_t i = 0; i < rows; ++i) {
        const float correction = softmax(scores + i * kPanel, kRows * kPanel, keys, sizes.scale, max[begin + i],
                                         total[begin + i], powers + i * most);
        if (correction != 1) multiply_row(mixed + i * kPanel, kRows * kPanel, sizes.value_panels(), correction);
      }
      multiply_panels({powers, rows, most, head.values + key * kPanel, sizes.keys * kPanel, keys, mixed, kRows * kPanel,
                       sizes.value_panels(), /*add=*/true});
    }
  }
  for (int64_t row = 0; row < count; ++row) {
    float* const mixed = mixture + row / kRows * kRows * width + row % kRows * kPanel;
    multiply_row(mixed, kRows * kPanel, sizes.value_panels(), 1 / total[row]);
    float* const out = head.out + (first + row) * head.out_stride;
    for (int64_t c = 0; c < sizes.d; c += kPanel)
      std::memcpy(out + c, mixed + c * kRows, std::min(kPanel, sizes.d - c) * sizeof(float));
  }
}

}  // namespace flash

// Whether cpu_attention() takes such tensors: float32 on the CPU, no gradient wanted.
inline bool has_cpu_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const auto fits = [](const at::Tensor& x) {
    return x.is_cpu() && x.scalar_type() == at::kFloat && x.numel() > 0 && x.stride(2) == 1 &&
           !(at::GradMode::is_enabled() && x.requires_grad());
  };
  const bool alike = k.sizes().equals(v.sizes()) && q.size(0) == k.size(0) && q.size(2) == k.size(2);
  return has_avx512() && alike && fits(q) && fits(k) && fits(v) && !at::autocast::is_autocast_enabled(at::kCPU);
}

// q [N,S,C], k and v [N,T,C] -> [N,S,C]: by heads of C / num_heads numbers. Safe to call from several threads.
inline at::Tensor cpu_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, int64_t num_heads) {
  using namespace flash;
  const int64_t d = q.size(2) / num_heads, heads = q.size(0) * num_heads, group = kGroup * kRows;
  const Sizes sizes{q.size(1), k.size(1), d,
                    static_cast<float>(1.4426950408889634 / std::sqrt(d))};  // log2(e) / sqrt(d)
  const at::Tensor keys = at::empty({heads, sizes.packed_keys()}, q.options());
  const at::Tensor values = at::empty({heads, sizes.packed_values()}, q.options());
  at::Tensor out = at::empty({q.size(0), q.size(1), q.size(2)}, q.options());
  const auto of_head = [&](const at::Tensor& x, int64_t i) {
    return x.const_data_ptr<float>() + i / num_heads * x.stride(0) + i % num_heads * d;
  };
  float *const packed_keys = keys.mutable_data_ptr<float>(), *const packed_values = values.mutable_data_ptr<float>();
  at::parallel_for(0, heads, 1, [&](int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
      pack_rows(of_head(k, i), sizes.keys, d, k.stride(1), packed_keys + i * sizes.packed_keys());
      pack_columns(of_head(v, i), sizes.keys, d, v.stride(1), packed_values + i * sizes.packed_values());
    }
  });
  float* const results = out.mutable_data_ptr<float>();
  const int64_t groups = at::divup(sizes.queries, group);
  at::parallel_for(0, heads * groups, 1, [&](int64_t first, int64_t last) {
    for (int64_t task = first; task < last; ++task) {
      const int64_t i = task / groups, begin = task % groups * group;
      const Head head{of_head(q, i),
                      q.stride(1),
                      packed_keys + i * sizes.packed_keys(),
                      packed_values + i * sizes.packed_values(),
                      results + i / num_heads * out.stride(0) + i % num_heads * d,
                      out.stride(1)};
      attend(sizes, head, begin, std::min(group, sizes.queries - begin));
    }
  });
  return out;
}

}  // namespace miafr
