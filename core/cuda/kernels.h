// What the kernel library exports: one table of functions. Only addresses and numbers cross it, so that kernels.cu
// needs CUDA's headers and none of LibTorch's, which nvcc would take 40 seconds to read. Addresses are the device's;
// the caller has made that device the current one, and passes the cudaStream_t as the void* that LibTorch gives it as.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/cuda/fused_math.h"

namespace miafr::cuda {

// Counts up with every change of this file; the host refuses a library with another number.
constexpr std::int32_t kKernelTableVersion = 2;

enum class Element : std::int32_t { kFloat32, kFloat16, kBFloat16 };

// Group normalisation of channels-last images [images, pixels, channels], and SiLU if wanted. All tensors have the same
// type of element, sums are float. pixels * channels < 2^31, channels a multiple of groups.
struct GroupNormCall {
  const void* x;       // [images, pixels, channels]
  const void* weight;  // [channels]
  const void* bias;    // [channels]
  void* out;           // like x
  void* workspace;     // workspace_size(), aligned to 8 bytes
  Element element;
  bool with_silu;
  float eps;
  std::int64_t images, pixels, channels, groups;

  // The moments of a group are taken of pieces of so many pixels and then merged. It follows from one image's size
  // alone: a picture is the same in every batch.
  std::int64_t chunk_pixels() const { return std::max<std::int64_t>(1, kChunkElements * groups / channels); }
  std::int64_t chunks() const { return (pixels + chunk_pixels() - 1) / chunk_pixels(); }
  std::size_t workspace_size() const { return affine_size() + images * groups * chunks() * sizeof(Moments); }
  std::size_t affine_size() const { return images * channels * sizeof(Affine); }

 private:
  static constexpr std::int64_t kChunkElements = 1024;
};

// Classifier-free guidance of noise [2, images, channels, pixels], first half without text, in any order of channels
// and pixels -> float32 [images, channels, pixels], contiguous.
struct GuidanceCall {
  const void* both;
  float* out;
  Element element;
  float scale;
  std::int64_t images, channels, pixels;
  std::int64_t channel_stride, pixel_stride;  // of `both`, in elements
};

// The functions start kernels and return at once: 0, or the code of a cudaError_t.
struct KernelTable {
  std::int32_t version;
  const char* (*error_text)(int code);
  int (*group_norm)(const GroupNormCall& call, void* stream);
  int (*guidance)(const GuidanceCall& call, void* stream);
};

}  // namespace miafr::cuda

extern "C" __attribute__((visibility("default"))) const miafr::cuda::KernelTable miafr_cuda_kernels;
