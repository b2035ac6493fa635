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
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "core/kernels/panel_product.h"

namespace miafr {
namespace winograd {

using simd::kLanes;
using simd::load;
using simd::store;
using simd::Vector;

constexpr int64_t kOut = 4, kIn = 6, kPoints = kIn * kIn;  // side of a tile of outputs and of inputs; products

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
struct TiledImage {
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
MIAFR_AVX2 inline void input_tile(const TiledImage& image, const float* x, const float* zeros,
                                  const TiledImage::Tile& tile, int64_t plane, float* v) {
  const float* from[kPoints];
  for (int64_t i = 0; i < kPoints; ++i) {
    const int64_t row = tile.y - 1 + i / kIn, column = tile.x - 1 + i % kIn;
    from[i] = image.contains(row, column) ? x + image.offset(tile.image, row, column) : zeros;
  }
  for (int64_t c = 0; c < image.channels; c += kLanes) {
    const int64_t n = image.channels - c;
    Vector d[kPoints];
#pragma GCC unroll 6
    for (int64_t i = 0; i < kIn; ++i) {
      Vector* row = d + i * kIn;
#pragma GCC unroll 6
      for (int64_t j = 0; j < kIn; ++j) row[j] = load(from[i * kIn + j] + c, n);
      transform_input(row[0], row[1], row[2], row[3], row[4], row[5]);
    }
#pragma GCC unroll 6
    for (int64_t j = 0; j < kIn; ++j) {
      transform_input(d[j], d[kIn + j], d[2 * kIn + j], d[3 * kIn + j], d[4 * kIn + j], d[5 * kIn + j]);
#pragma GCC unroll 6
      for (int64_t i = 0; i < kIn; ++i) store(v + (i * kIn + j) * plane + c, d[i * kIn + j], n);
    }
  }
}

// r[i][j] becomes r[j][i].
MIAFR_AVX2_INLINE void transpose(Vector r[kLanes]) {
  using Lanes = int __attribute__((vector_size(kLanes * sizeof(int))));
  constexpr Lanes low{0, 1, 2, 3, 8, 9, 10, 11}, high{4, 5, 6, 7, 12, 13, 14, 15};
  constexpr Lanes zip_low{0, 8, 1, 9, 4, 12, 5, 13}, zip_high{2, 10, 3, 11, 6, 14, 7, 15};
  Vector s[kLanes];
#pragma GCC unroll 4
  for (int64_t i = 0; i < 4; ++i) {
    s[i] = __builtin_shuffle(r[i], r[i + 4], low);
    s[i + 4] = __builtin_shuffle(r[i], r[i + 4], high);
  }
  // The halves of a vector are now lanes of 4x4 matrices; zipping rows i and i + 2 twice transposes these.
#pragma GCC unroll 2
  for (int64_t half = 0; half < kLanes; half += 4) {
    const Vector* in = s + half;
    const Vector t[4] = {__builtin_shuffle(in[0], in[2], zip_low), __builtin_shuffle(in[0], in[2], zip_high),
                         __builtin_shuffle(in[1], in[3], zip_low), __builtin_shuffle(in[1], in[3], zip_high)};
    r[half] = __builtin_shuffle(t[0], t[2], zip_low);
    r[half + 1] = __builtin_shuffle(t[0], t[2], zip_high);
    r[half + 2] = __builtin_shuffle(t[1], t[3], zip_low);
    r[half + 3] = __builtin_shuffle(t[1], t[3], zip_high);
  }
}

// u[point * plane] = (G g G^T)[point] of kLanes kernels g [9].
MIAFR_AVX2_INLINE void kernel(const Vector g[9], int64_t plane, float* u) {
  Vector columns[3][kIn];
#pragma GCC unroll 3
  for (int64_t j = 0; j < 3; ++j) transform_kernel(g[j], g[3 + j], g[6 + j], columns[j]);
#pragma GCC unroll 6
  for (int64_t i = 0; i < kIn; ++i) {
    Vector row[kIn];
    transform_kernel(columns[0][i], columns[1][i], columns[2][i], row);
#pragma GCC unroll 6
    for (int64_t j = 0; j < kIn; ++j) store(u + (i * kIn + j) * plane, row[j]);
  }
}

// u[point * plane + c * kPanel + lane] = (G g_c G^T)[point] for kLanes output channels, whose kernels [C,3,3] lie at
// from[lane].
MIAFR_AVX2 inline void kernels(const float* const from[kLanes], int64_t channels, int64_t plane, float* u) {
  int64_t c = 0;
  for (; c + kLanes <= channels; c += kLanes) {  // the kernels of 8 input channels are a matrix [8,72]
    Vector g[9 * kLanes];
    for (int64_t i = 0; i < 9 * kLanes; i += kLanes) {
#pragma GCC unroll 8
      for (int64_t lane = 0; lane < kLanes; ++lane) g[i + lane] = load(from[lane] + c * 9 + i);
      transpose(g + i);
    }
    for (int64_t i = 0; i < kLanes; ++i) kernel(g + 9 * i, plane, u + (c + i) * kPanel);
  }
  for (; c < channels; ++c) {
    Vector g[9];
    for (int64_t i = 0; i < 9; ++i)
      for (int64_t lane = 0; lane < kLanes; ++lane) g[i][lane] = from[lane][c * 9 + i];
    kernel(g, plane, u + c * kPanel);
  }
}

// The same for kPanel output channels, of which weight [count,C,3,3] has `count`; others repeat the last.
inline void kernel_panel(const float* weight, int64_t channels, int64_t count, float* u) {
  const float* from[kPanel];
  for (int64_t k = 0; k < kPanel; ++k) from[k] = weight + std::min(k, count - 1) * channels * 9;
  for (int64_t k = 0; k < kPanel; k += kLanes) kernels(from + k, channels, channels * kPanel, u + k);
}

// A^T m A + bias of one tile for `count` channels into y, which points at the first of them. m[point * plane + k].
MIAFR_AVX2 inline void output_tile(const TiledImage& image, const float* m, int64_t plane, const float* bias,
                                   int64_t count, const TiledImage::Tile& tile, float* y) {
  const int64_t rows = std::min(kOut, image.height - tile.y), columns = std::min(kOut, image.width - tile.x);
  for (int64_t k = 0; k < count; k += kLanes) {
    Vector half[kIn][kOut];  // m A
#pragma GCC unroll 6
    for (int64_t i = 0; i < kIn; ++i) {
      Vector row[kIn];
#pragma GCC unroll 6
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

// This is for inference: no gradients flow through it.
class WinogradConvolution {
 public:
  // Whether this processor has the instructions.
  static bool is_supported() { return has_avx2(); }

  // Whether it is worth it for such an image: the fewer the tiles, the more of the time goes into transforming weights;
  // the fewer the channels, into transforming images.
  static bool pays(const at::Tensor& x, int64_t out_channels, int64_t fewest_tiles) {
    const winograd::TiledImage image{x.size(2), x.size(3), x.size(1)};
    return x.size(0) * image.tiles() >= fewest_tiles && std::min(x.size(1), out_channels) >= kFewestChannels;
  }

  // weight [K,C,3,3], bias [K], float32 on the CPU, contiguous.
  WinogradConvolution(at::Tensor weight, at::Tensor bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}

  // x [N,C,H,W] float32 -> [N,K,H,W], channels-last. Safe to call from several threads.
  at::Tensor forward(const at::Tensor& x) const {
    using namespace winograd;
    const at::Tensor input = x.contiguous(at::MemoryFormat::ChannelsLast);
    const TiledImage from{x.size(2), x.size(3), x.size(1)}, to{x.size(2), x.size(3), weight_.size(0)};
    at::Tensor y = at::empty({x.size(0), to.channels, to.height, to.width},
                             x.options().memory_format(at::MemoryFormat::ChannelsLast));
    if (x.numel() == 0) return y;
    const int64_t tiles = x.size(0) * from.tiles(), stride = row_stride(from.channels);
    const int64_t most = std::clamp(kInputs / (kPoints * stride), kFewestTiles, kTiles);
    const int64_t chunk = at::divup(tiles, at::divup(tiles, most));
    static thread_local Scratch inputs;
    const Inputs v{inputs.floats(kPoints * chunk * stride), chunk * stride, stride};
    const at::Tensor zeros = at::zeros({from.channels + kLanes}, x.options());
    for (int64_t begin = 0; begin < tiles; begin += chunk) {
      const int64_t count = std::min(chunk, tiles - begin);
      at::parallel_for(0, count, 1, [&](int64_t first, int64_t last) {
        for (int64_t i = first; i < last; ++i)
          input_tile(from, input.const_data_ptr<float>(), zeros.const_data_ptr<float>(), from.tile(begin + i), v.plane,
                     v.data + i * stride);
      });
      at::parallel_for(0, at::divup(to.channels, kPanel), 1, [&](int64_t first, int64_t last) {
        output_panels(to, v, begin, count, first, last, y.mutable_data_ptr<float>());
      });
    }
    return y;
  }

 private:
  static constexpr int64_t kFewestChannels = 32;
  // Transformed inputs that are held at a time, in floats, and tiles: kernels are transformed anew for each lot.
  static constexpr int64_t kInputs = 8 << 20, kFewestTiles = 12, kTiles = 768;
  // Transformed kernels that a thread holds at a time, in floats, and panels: for each lot all inputs are read again,
  // which takes longer than the products where lots are small.
  static constexpr int64_t kKernels = 4 << 20, kPanels = 16;

  // The stride of a row is seldom a multiple of 4096 bytes, or rows would meet in the same few lines of the first-level
  // cache.
  static int64_t row_stride(int64_t channels) { return at::divup(channels, 16) * 16 + 16; }

  struct Inputs {
    float* data;  // [36,tiles,stride], of which C of a row are used
    int64_t plane, stride;
  };

  // Panels [first, last) of the tiles [begin, begin + count), whose transforms are v.
  void output_panels(const winograd::TiledImage& to, const Inputs& v, int64_t begin, int64_t count, int64_t first,
                     int64_t last, float* y) const {
    using namespace winograd;
    const int64_t channels = weight_.size(1);
    const int64_t u_step = kPoints * channels * kPanel, m_step = kPoints * count * kPanel;
    const int64_t most = std::min(last - first, std::clamp<int64_t>(kKernels / u_step, 1, kPanels));
    static thread_local Scratch kernels, products;
    float* const u = kernels.floats(most * u_step);
    float* const m = products.floats(most * m_step);
    for (; first < last; first += most) {
      const int64_t panels = std::min(most, last - first);
      const auto valid = [&](int64_t panel) { return std::min(kPanel, to.channels - (first + panel) * kPanel); };
      for (int64_t i = 0; i < panels; ++i)
        kernel_panel(weight_.const_data_ptr<float>() + (first + i) * kPanel * channels * 9, channels, valid(i),
                     u + i * u_step);
      for (int64_t point = 0; point < kPoints; ++point)
        multiply_panels({v.data + point * v.plane, count, v.stride, u + point * channels * kPanel, u_step, channels,
                         m + point * count * kPanel, m_step, panels, /*add=*/false});
      for (int64_t tile = 0; tile < count; ++tile)
        for (int64_t i = 0; i < panels; ++i)
          output_tile(to, m + i * m_step + tile * kPanel, count * kPanel,
                      bias_.const_data_ptr<float>() + (first + i) * kPanel, valid(i), to.tile(begin + tile),
                      y + (first + i) * kPanel);
    }
  }

  at::Tensor weight_, bias_;
};

}  // namespace miafr
