// The product of matrices from which convolutions and attention on the CPU are made. The right one lies in panels of 16
// columns, so that a few rows' sums stay in registers:
//
//   m [rows, 16 panels] = v [rows, depth] u [depth, 16 panels]
#pragma once

#include <c10/core/CPUAllocator.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/kernels/cpu_instructions.h"
#include "core/kernels/vector.h"

namespace miafr {

constexpr int64_t kPanel = 16;  // columns

// The matrices of a product. Neighbouring panels are u_step and m_step apart, u's rows and m's kPanel.
struct PanelProduct {
  const float* v;
  int64_t rows, v_stride;
  const float* u;
  int64_t u_step, depth;
  float* m;
  int64_t m_step, panels;
  bool add;  // to what is in m
};

namespace panel {

using simd::kLanes;
using simd::load;
using simd::store;
using simd::Vector;
using simd::Wide;

// This many numbers are summed on their own before they are added to the others: a sum of 1290 in one go has four times
// the error.
constexpr int64_t kSummed = 64;

// A product of as many rows and panels as there are registers for: 6 x 16 sums fill 12 of AVX2's 16 registers, 12 x 32
// 24 of AVX-512's 32.
using Multiply = void (*)(const PanelProduct& of);

template <int64_t rows>
MIAFR_AVX2 void multiply(const PanelProduct& of) {
  for (int64_t begin = 0; begin < of.depth; begin += kSummed) {
    const int64_t end = std::min(begin + kSummed, of.depth);
    Vector sum[rows][2] = {};
    for (int64_t c = begin; c < end; ++c) {
      const Vector left = load(of.u + c * kPanel), right = load(of.u + c * kPanel + kLanes);
#pragma GCC unroll 6
      for (int64_t i = 0; i < rows; ++i) {
        const float factor = of.v[i * of.v_stride + c];
        sum[i][0] += factor * left;
        sum[i][1] += factor * right;
      }
    }
    const bool add = of.add || begin > 0;
    for (int64_t i = 0; i < rows; ++i) {
      float* const to = of.m + i * kPanel;
      store(to, add ? load(to) + sum[i][0] : sum[i][0]);
      store(to + kLanes, add ? load(to + kLanes) + sum[i][1] : sum[i][1]);
    }
  }
}

// The same sums in the same order.
template <int64_t rows, int64_t panels>
MIAFR_AVX512 void multiply_wide(const PanelProduct& of) {
  for (int64_t begin = 0; begin < of.depth; begin += kSummed) {
    const int64_t end = std::min(begin + kSummed, of.depth);
    Wide sum[panels][rows] = {};
    for (int64_t c = begin; c < end; ++c) {
      Wide right[panels];
#pragma GCC unroll 2
      for (int64_t p = 0; p < panels; ++p) right[p] = simd::load_wide(of.u + p * of.u_step + c * kPanel);
#pragma GCC unroll 12
      for (int64_t i = 0; i < rows; ++i) {
        const float factor = of.v[i * of.v_stride + c];
#pragma GCC unroll 2
        for (int64_t p = 0; p < panels; ++p) sum[p][i] += factor * right[p];
      }
    }
    const bool add = of.add || begin > 0;
#pragma GCC unroll 2
    for (int64_t p = 0; p < panels; ++p)
#pragma GCC unroll 12
      for (int64_t i = 0; i < rows; ++i) {
        float* const to = of.m + p * of.m_step + i * kPanel;
        simd::store_wide(to, add ? simd::load_wide(to) + sum[p][i] : sum[p][i]);
      }
  }
}

// The functions by how many rows and panels they multiply, from one of each on.
constexpr int64_t kRows = 6, kWideRows = 12, kWidePanels = 2;

struct Instructions {
  int64_t rows, panels;  // the most at a time
  std::array<std::array<Multiply, kWidePanels>, kWideRows> by_size;
};

template <int64_t... i>
constexpr Instructions narrow(std::integer_sequence<int64_t, i...>) {
  return {kRows, 1, {{{{multiply<i + 1>, nullptr}}...}}};
}
template <int64_t... i>
constexpr Instructions wide(std::integer_sequence<int64_t, i...>) {
  return {kWideRows, kWidePanels, {{{{multiply_wide<i + 1, 1>, multiply_wide<i + 1, 2>}}...}}};
}
constexpr Instructions kNarrow = narrow(std::make_integer_sequence<int64_t, kRows>());
constexpr Instructions kWide = wide(std::make_integer_sequence<int64_t, kWideRows>());

inline const Instructions& best() { return has_avx512() ? kWide : kNarrow; }

}  // namespace panel

// Needs has_avx2(). The same bits whatever the instructions.
inline void multiply_panels(const PanelProduct& whole, const panel::Instructions& with = panel::best()) {
  for (int64_t row = 0; row < whole.rows;
       row += with.rows)  // these rows stay in the first cache, the panels in the second
    for (int64_t p = 0; p < whole.panels; p += with.panels) {
      PanelProduct part = whole;
      part.rows = std::min(with.rows, whole.rows - row);
      part.panels = std::min(with.panels, whole.panels - p);
      part.v += row * whole.v_stride;
      part.u += p * whole.u_step;
      part.m += p * whole.m_step + row * kPanel;
      with.by_size[static_cast<std::size_t>(part.rows - 1)][static_cast<std::size_t>(part.panels - 1)](part);
    }
}

// Memory that a thread keeps from one call to the next, since fresh pages would take a tenth of a convolution's time; a
// tensor's, which comes in huge pages and aligned to a row of a panel.
class Scratch {
 public:
  float* floats(int64_t count) {
    if (count > size_) {
      memory_ = {};
      size_ = 0;  // should there be no memory
      memory_ = c10::GetCPUAllocator()->allocate(count * sizeof(float));
      size_ = count;
    }
    return static_cast<float*>(memory_.get());
  }

 private:
  int64_t size_ = 0;
  c10::DataPtr memory_;
};

}  // namespace miafr
