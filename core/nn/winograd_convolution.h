// Convolution with a 3x3 kernel, stride 1 and padding 1 on the CPU by Winograd's minimal filtering F(4x4, 3x3) (Lavin
// and Gray, arXiv 1509.09308): a tile of 4x4 outputs takes 36 multiplications per pair of channels instead of 144.
//
//   Y = A^T [ sum_c (G g_c G^T) . (B^T d_c B) ] A      d [6,6] a tile of the input, g [3,3] the kernel, Y [4,4]
//
// The points of interpolation are 0, +-5/8, +-3/2 and infinity instead of the usual 0, +-1, +-2: the error is then
// about 1.2 times that of a direct convolution instead of 2.6 (Alam et al., arXiv 2201.10369, on why; measured here).
//
// Weights are transformed anew at each call, a few output channels at a time, just before they are used: nothing is
// kept but the plain weight, which may stay mapped from its file.
#pragma once

#include <ATen/Parallel.h>
#include <torch/types.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#ifdef __x86_64__
#define MIAFR_AVX2 __attribute__((target("avx2,fma")))
#define MIAFR_AVX2_INLINE MIAFR_AVX2 __attribute__((always_inline)) inline
#else
#define MIAFR_AVX2
#define MIAFR_AVX2_INLINE inline
#endif

namespace miafr {
namespace winograd {

constexpr int64_t kOut = 4, kIn = 6, kPoints = kIn * kIn;  // side of a tile of outputs and of inputs; products
constexpr int64_t kLanes = 8;                              // floats of a vector
constexpr int64_t kPanel = 2 * kLanes;                     // output channels that are computed together
constexpr int64_t kRows = 6;                               // tiles that are: 6 x 16 sums fill 12 of 16 registers

using Vector = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(sizeof(float)), may_alias));

MIAFR_AVX2_INLINE Vector load(const float* from) { return *reinterpret_cast<const Vector*>(from); }
MIAFR_AVX2_INLINE void store(float* to, Vector x) { *reinterpret_cast<Vector*>(to) = x; }

// The first n floats; the others are zero.
MIAFR_AVX2_INLINE Vector load(const float* from, int64_t n) {
  if (n >= kLanes) return load(from);
  float some[kLanes] = {};
  std::memcpy(some, from, n * sizeof(float));
  return load(some);
}
MIAFR_AVX2_INLINE void store(float* to, Vector x, int64_t n) {
  if (n >= kLanes) return store(to, x);
  std::memcpy(to, &x, n * sizeof(float));
}

constexpr float kA = 5.0f / 8, kB = 3.0f / 2;  // the points are 0, +-kA, +-kB, infinity
constexpr float kA2 = kA * kA, kB2 = kB * kB;

// B^T d, in place.
MIAFR_AVX2_INLINE void transform_input(Vector& d0, Vector& d1, Vector& d2, Vector& d3, Vector& d4, Vector& d5) {
  const Vector even_a = d4 - kB2 * d2, odd_a = kA * (d3 - kB2 * d1);
  const Vector even_b = d4 - kA2 * d2, odd_b = kB * (d3 - kA2 * d1);
  d0 = kA2 * kB2 * d0 - (kA2 + kB2) * d2 + d4;
  d5 = kA2 * kB2 * d1 - (kA2 + kB2) * d3 + d5;
  d1 = even_a + odd_a;
  d2 = even_a - odd_a;
  d3 = even_b + odd_b;
  d4 = even_b - odd_b;
}

// G g.
MIAFR_AVX2_INLINE void transform_kernel(Vector g0, Vector g1, Vector g2, Vector out[kIn]) {
  constexpr float a = 1 / (2 * kA2 * (kA2 - kB2)), b = 1 / (2 * kB2 * (kB2 - kA2));
  const Vector even_a = a * g0 + a * kA2 * g2, odd_a = a * kA * g1;
  const Vector even_b = b * g0 + b * kB2 * g2, odd_b = b * kB * g1;
  out[0] = 1 / (kA2 * kB2) * g0;
  out[1] = even_a + odd_a;
  out[2] = even_a - odd_a;
  out[3] = even_b + odd_b;
  out[4] = even_b - odd_b;
  out[5] = g2;
}

// A^T m.
MIAFR_AVX2_INLINE void transform_output(const Vector m[kIn], Vector out[kOut]) {
  const Vector even_a = m[1] + m[2], odd_a = m[1] - m[2], even_b = m[3] + m[4], odd_b = m[3] - m[4];
  out[0] = m[0] + even_a + even_b;
  out[1] = kA * odd_a + kB * odd_b;
  out[2] = kA2 * even_a + kB2 * even_b;
  out[3] = kA2 * kA * odd_a + kB2 * kB * odd_b + m[5];
}

// An image [N,H,W,C], channels last, and its tiles.
struct Image {
  int64_t height, width, channels;

  int64_t tiles_down() const { return (height + kOut - 1) / kOut; }
  int64_t tiles_across() const { return (width + kOut - 1) / kOut; }
  int64_t tiles() const { return tiles_down() * tiles_across(); }  // of one image

  struct Tile {
    int64_t image, y, x;  // of the first output
  };
  Tile tile(int64_t i) const {
    const int64_t rest = i % tiles();
    return {i / tiles(), rest / tiles_across() * kOut, rest % tiles_across() * kOut};
  }
  bool contains(int64_t y, int64_t x) const { return y >= 0 && y < height && x >= 0 && x < width; }
  int64_t offset(int64_t i, int64_t y, int64_t x) const { return ((i * height + y) * width + x) * channels; }
};

// v[point * plane + c] = (B^T d_c B)[point] for one tile. zeros [C] stand for what is outside of the image.
MIAFR_AVX2 inline void input_tile(const Image& image, const float* x, const float* zeros, const Image::Tile& tile,
                                  int64_t plane, float* v) {
  const float* from[kPoints];
  for (int64_t i = 0; i < kPoints; ++i) {
    const int64_t row = tile.y - 1 + i / kIn, column = tile.x - 1 + i % kIn;
    from[i] = image.contains(row, column) ? x + image.offset(tile.image, row, column) : zeros;
  }
  for (int64_t c = 0; c < image.channels; c += kLanes) {
    const int64_t n = image.channels - c;
    Vector d[kPoints];
    for (int64_t i = 0; i < kIn; ++i) {
      Vector* row = d + i * kIn;
      for (int64_t j = 0; j < kIn; ++j) row[j] = load(from[i * kIn + j] + c, n);
      transform_input(row[0], row[1], row[2], row[3], row[4], row[5]);
    }
    for (int64_t j = 0; j < kIn; ++j) {
      transform_input(d[j], d[kIn + j], d[2 * kIn + j], d[3 * kIn + j], d[4 * kIn + j], d[5 * kIn + j]);
      for (int64_t i = 0; i < kIn; ++i) store(v + (i * kIn + j) * plane + c, d[i * kIn + j], n);
    }
  }
}

// u[point * plane + c * kPanel + k] = (G g_kc G^T)[point], for c in [0,C) and k in [0,count); zero for k in
// [count,kPanel). weight [count,C,3,3].
MIAFR_AVX2 inline void kernel_panel(const float* weight, int64_t channels, int64_t count, int64_t plane, float* u) {
  for (int64_t c = 0; c < channels; ++c)
    for (int64_t k = 0; k < kPanel; k += kLanes) {
      float g[9][kLanes] = {};
      for (int64_t lane = 0; lane < std::min(kLanes, count - k); ++lane)
        for (int64_t i = 0; i < 9; ++i) g[i][lane] = weight[((k + lane) * channels + c) * 9 + i];
      Vector columns[3][kIn];
      for (int64_t j = 0; j < 3; ++j) transform_kernel(load(g[j]), load(g[3 + j]), load(g[6 + j]), columns[j]);
      for (int64_t i = 0; i < kIn; ++i) {
        Vector row[kIn];
        transform_kernel(columns[0][i], columns[1][i], columns[2][i], row);
        for (int64_t j = 0; j < kIn; ++j) store(u + (i * kIn + j) * plane + c * kPanel + k, row[j]);
      }
    }
}

// m [rows,kPanel] = v [rows,channels] u [channels,kPanel]; v's rows are `stride` apart.
template <int64_t rows>
MIAFR_AVX2 void multiply(const float* v, int64_t stride, const float* u, int64_t channels, float* m) {
  Vector sum[rows][2] = {};
  for (int64_t c = 0; c < channels; ++c) {
    const Vector left = load(u + c * kPanel), right = load(u + c * kPanel + kLanes);
#pragma GCC unroll 6
    for (int64_t i = 0; i < rows; ++i) {
      const float factor = v[i * stride + c];
      sum[i][0] += factor * left;
      sum[i][1] += factor * right;
    }
  }
  for (int64_t i = 0; i < rows; ++i) {
    store(m + i * kPanel, sum[i][0]);
    store(m + i * kPanel + kLanes, sum[i][1]);
  }
}

// The same for any number of rows.
inline void multiply_all(const float* v, int64_t rows, int64_t stride, const float* u, int64_t channels, float* m) {
  int64_t i = 0;
  for (; i + kRows <= rows; i += kRows) multiply<kRows>(v + i * stride, stride, u, channels, m + i * kPanel);
  using Multiply = void (*)(const float*, int64_t, const float*, int64_t, float*);
  constexpr Multiply rest[kRows] = {nullptr, multiply<1>, multiply<2>, multiply<3>, multiply<4>, multiply<5>};
  if (i < rows) rest[rows - i](v + i * stride, stride, u, channels, m + i * kPanel);
}

// A^T m A + bias of one tile for `count` channels into y, which points at the first of them. m[point * plane + k].
MIAFR_AVX2 inline void output_tile(const Image& image, const float* m, int64_t plane, const float* bias, int64_t count,
                                   const Image::Tile& tile, float* y) {
  const int64_t rows = std::min(kOut, image.height - tile.y), columns = std::min(kOut, image.width - tile.x);
  for (int64_t k = 0; k < count; k += kLanes) {
    Vector half[kIn][kOut];  // m A
    for (int64_t i = 0; i < kIn; ++i) {
      Vector row[kIn];
      for (int64_t j = 0; j < kIn; ++j) row[j] = load(m + (i * kIn + j) * plane + k);
      transform_output(row, half[i]);
    }
    const Vector shift = load(bias + k, count - k);
    for (int64_t j = 0; j < columns; ++j) {
      const Vector column[kIn] = {half[0][j], half[1][j], half[2][j], half[3][j], half[4][j], half[5][j]};
      Vector out[kOut];
      transform_output(column, out);
      for (int64_t i = 0; i < rows; ++i)
        store(y + image.offset(tile.image, tile.y + i, tile.x + j) + k, out[i] + shift, count - k);
    }
  }
}

}  // namespace winograd

// For inference: no gradients flow through it.
class WinogradConvolution {
 public:
  // Whether this processor has the instructions.
  static bool is_supported() {
#ifdef __x86_64__
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
  }

  // weight [K,C,3,3], bias [K], float32 on the CPU, contiguous.
  WinogradConvolution(at::Tensor weight, at::Tensor bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}

  // x [N,C,H,W] float32 -> [N,K,H,W], channels-last. Safe to call from several threads.
  at::Tensor forward(const at::Tensor& x) const {
    using namespace winograd;
    const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast);
    const Image from{x.size(2), x.size(3), x.size(1)}, to{x.size(2), x.size(3), weight_.size(0)};
    at::Tensor y = at::empty({x.size(0), to.channels, to.height, to.width},
                             x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const int64_t tiles = x.size(0) * from.tiles();
    const int64_t stride = row_stride(from.channels);
    const int64_t most = std::min(tiles, std::max<int64_t>(kRows, kChunk / (kPoints * stride)));
    const at::Tensor v = at::empty({kPoints, most, stride}, x.options()),
                     zeros = at::zeros({from.channels}, x.options());
    for (int64_t begin = 0; begin < tiles; begin += most) {
      const int64_t count = std::min(most, tiles - begin);
      at::parallel_for(0, count, 1, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
          input_tile(from, input.const_data_ptr<float>(), zeros.const_data_ptr<float>(), from.tile(begin + i),
                     most * stride, v.mutable_data_ptr<float>() + i * stride);
      });
      at::parallel_for(0, (to.channels + kPanel - 1) / kPanel, 1, [&](int64_t first, int64_t last) {
        std::vector<float> u(kPoints * from.channels * kPanel), m(kPoints * count * kPanel);
        for (int64_t panel = first; panel < last; ++panel)
          output_panel(to, v, begin, count, panel * kPanel, u.data(), m.data(), y.mutable_data_ptr<float>());
      });
    }
    return y;
  }

 private:
  // Transformed inputs that are held at a time, in floats: 16 MiB, half of a usual last-level cache.
  static constexpr int64_t kChunk = 4 << 20;

  // Not a multiple of 4096 bytes, or rows would meet in the same few lines of the first-level cache.
  static int64_t row_stride(int64_t channels) { return (channels + 15) / 16 * 16 + 16; }

  // Channels [k, k + kPanel) of the tiles [begin, begin + count), whose transforms v [36,>=count,stride] are.
  void output_panel(const winograd::Image& to, const at::Tensor& v, int64_t begin, int64_t count, int64_t k, float* u,
                    float* m, float* y) const {
    using namespace winograd;
    const int64_t channels = weight_.size(1), valid = std::min(kPanel, to.channels - k), stride = v.size(2);
    kernel_panel(weight_.const_data_ptr<float>() + k * channels * 9, channels, valid, channels * kPanel, u);
    for (int64_t point = 0; point < kPoints; ++point)
      multiply_all(v.const_data_ptr<float>() + point * v.size(1) * stride, count, stride, u + point * channels * kPanel,
                   channels, m + point * count * kPanel);
    for (int64_t i = 0; i < count; ++i)
      output_tile(to, m + i * kPanel, count * kPanel, bias_.const_data_ptr<float>() + k, valid, to.tile(begin + i),
                  y + k);
  }

  at::Tensor weight_, bias_;
};

}  // namespace miafr
