// The fused kernels. Their arithmetic is in fused_math.h; here is only who computes which number.
//
// Nothing is left to chance: no atomic operations, and sums are merged in an order that depends on the image's size
// alone, so that the same numbers come out every time.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <numeric>

#include "core/cuda/kernels.h"

namespace miafr::cuda {
namespace {

constexpr unsigned kLanes = 32;  // of a warp
constexpr unsigned kWarps = 8;   // of a block
constexpr unsigned kThreads = kLanes * kWarps;

// Every kernel takes one structure.
template <class Call>
cudaError_t launch(void (*kernel)(Call), dim3 grid, dim3 block, void* stream, const Call& call) {
  cudaLaunchConfig_t config = {};
  config.gridDim = grid;
  config.blockDim = block;
  config.stream = static_cast<cudaStream_t>(stream);
  return cudaLaunchKernelEx(&config, kernel, call);
}

// Calls f with a value of the element's type.
template <class F>
cudaError_t with_type(Element element, const F& f) {
  switch (element) {
    case Element::kFloat32:
      return f(float());
    case Element::kFloat16:
      return f(__half());
    case Element::kBFloat16:
      return f(__nv_bfloat16());
  }
  return cudaErrorInvalidValue;
}

// ---- group normalisation, in three kernels: moments of pieces, from them a scale and a shift per channel, the result

Affine* affine_of(const GroupNormCall& call) { return static_cast<Affine*>(call.workspace); }  // [images, channels]

struct MomentsCall {
  const void* x;
  Moments* partial;  // [images, groups, chunks]
  unsigned pixels, channels, groups, chunk_pixels;
};

struct AffineCall {
  const Moments* partial;
  const void *weight, *bias;
  Affine* affine;
  unsigned channels, groups, chunks;
  float eps;
};

struct NormaliseCall {
  const void* x;
  void* out;
  const Affine* affine;
  unsigned packs, packs_of_pixel;  // of an image
  bool with_silu;
};

// The whole warp's, in every lane.
__device__ Moments merge_lanes(Moments moments) {
  constexpr unsigned kAll = 0xffffffff;
  for (unsigned offset = kLanes / 2; offset > 0; offset /= 2) {
    const float count = __shfl_down_sync(kAll, moments.count, offset);
    const float mean = __shfl_down_sync(kAll, moments.mean, offset);
    const float m2 = __shfl_down_sync(kAll, moments.m2, offset);
    moments.merge({count, mean, m2});
  }
  return {__shfl_sync(kAll, moments.count, 0), __shfl_sync(kAll, moments.mean, 0), __shfl_sync(kAll, moments.m2, 0)};
}

// Grid: chunks, groups / kWarps, images. A warp takes one group of one piece; its lanes go over neighbouring numbers,
// each with a few on their way at once.
template <class T>
__global__ void chunk_moments(MomentsCall call) {
  const unsigned chunk = blockIdx.x, image = blockIdx.z, group = blockIdx.y * kWarps + threadIdx.y;
  if (group >= call.groups) return;
  const unsigned group_channels = call.channels / call.groups, first = chunk * call.chunk_pixels;
  const unsigned rest = call.pixels - first, pixels = rest < call.chunk_pixels ? rest : call.chunk_pixels;
  const T* x = static_cast<const T*>(call.x) + static_cast<std::size_t>(image) * call.pixels * call.channels +
               static_cast<std::size_t>(first) * call.channels + group * group_channels;
  constexpr unsigned kAtOnce = 8;
  const unsigned size = pixels * group_channels;
  Moments moments;
  for (unsigned begin = threadIdx.x; begin < size; begin += kAtOnce * kLanes) {
    float numbers[kAtOnce];
    for (unsigned k = 0; k < kAtOnce; ++k) {
      const unsigned i = begin + k * kLanes < size ? begin + k * kLanes : begin;  // any, beyond the end: no branch
      numbers[k] = static_cast<float>(x[i / group_channels * call.channels + i % group_channels]);
    }
    const unsigned left = (size - begin + kLanes - 1) / kLanes, count = left < kAtOnce ? left : kAtOnce;
    moments.merge(moments_of(numbers, count));
  }
  moments = merge_lanes(moments);
  if (threadIdx.x == 0) call.partial[(image * call.groups + group) * gridDim.x + chunk] = moments;
}

// Grid: groups, images. One warp each.
template <class T>
__global__ void group_affine(AffineCall call) {
  const unsigned group = blockIdx.x, image = blockIdx.y, group_channels = call.channels / call.groups;
  const Moments* partial = call.partial + (image * call.groups + group) * call.chunks;
  Moments moments;
  for (unsigned i = threadIdx.x; i < call.chunks; i += kLanes) moments.merge(partial[i]);
  moments = merge_lanes(moments);
  for (unsigned i = threadIdx.x; i < group_channels; i += kLanes) {
    const unsigned channel = group * group_channels + i;
    call.affine[image * call.channels + channel] =
        group_norm_affine(moments, call.eps, static_cast<float>(static_cast<const T*>(call.weight)[channel]),
                          static_cast<float>(static_cast<const T*>(call.bias)[channel]));
  }
}

// Numbers that are read and written at once.
template <class T, unsigned kSize>
struct alignas(sizeof(T) * kSize) Pack {
  T values[kSize];
};

// Grid: any multiple of packs_of_pixel threads, images. So a thread meets the same channels in every one of its pixels.
template <class T, unsigned kSize>
__global__ void normalise_all(NormaliseCall call) {
  const unsigned first = blockIdx.x * kThreads + threadIdx.x, stride = gridDim.x * kThreads, image = blockIdx.y;
  if (first >= call.packs) return;
  Affine affine[kSize];
  for (unsigned k = 0; k < kSize; ++k)
    affine[k] = call.affine[(image * call.packs_of_pixel + first % call.packs_of_pixel) * kSize + k];
  const auto* x = static_cast<const Pack<T, kSize>*>(call.x) + static_cast<std::size_t>(image) * call.packs;
  auto* out = static_cast<Pack<T, kSize>*>(call.out) + static_cast<std::size_t>(image) * call.packs;
  for (unsigned i = first; i < call.packs; i += stride) {
    Pack<T, kSize> pack = x[i];
    for (unsigned k = 0; k < kSize; ++k)
      pack.values[k] = static_cast<T>(normalise(static_cast<float>(pack.values[k]), affine[k], call.with_silu));
    out[i] = pack;
  }
}

template <class T, unsigned kSize>
cudaError_t launch_normalise(const GroupNormCall& call, void* stream) {
  constexpr unsigned kPacksOfThread = 8;
  const unsigned packs_of_pixel = call.channels / kSize, packs = call.pixels * packs_of_pixel;
  const unsigned step = packs_of_pixel / std::gcd(packs_of_pixel, kThreads);
  const unsigned blocks = (packs + kThreads * kPacksOfThread - 1) / (kThreads * kPacksOfThread);
  const unsigned grid = (blocks + step - 1) / step * step;
  return launch(normalise_all<T, kSize>, dim3(grid, call.images), dim3(kThreads), stream,
                NormaliseCall{call.x, call.out, affine_of(call), packs, packs_of_pixel, call.with_silu});
}

template <class T>
cudaError_t launch_group_norm(const GroupNormCall& call, void* stream) {
  const unsigned images = call.images, pixels = call.pixels, channels = call.channels, groups = call.groups;
  const unsigned chunks = call.chunks(), chunk_pixels = call.chunk_pixels();
  auto* partial = reinterpret_cast<Moments*>(static_cast<char*>(call.workspace) + call.affine_size());
  cudaError_t error =
      launch(chunk_moments<T>, dim3(chunks, (groups + kWarps - 1) / kWarps, images), dim3(kLanes, kWarps), stream,
             MomentsCall{call.x, partial, pixels, channels, groups, chunk_pixels});
  if (error != cudaSuccess) return error;
  error = launch(group_affine<T>, dim3(groups, images), dim3(kLanes), stream,
                 AffineCall{partial, call.weight, call.bias, affine_of(call), channels, groups, chunks, call.eps});
  if (error != cudaSuccess) return error;
  constexpr unsigned kPack = 16 / sizeof(T);  // the widest that a thread can read at once
  const auto aligned = [](const void* address) { return reinterpret_cast<std::uintptr_t>(address) % 16 == 0; };
  if (channels % kPack == 0 && aligned(call.x) && aligned(call.out)) return launch_normalise<T, kPack>(call, stream);
  return launch_normalise<T, 1>(call, stream);
}

int group_norm(const GroupNormCall& call, void* stream) {
  return with_type(call.element, [&](auto zero) { return launch_group_norm<decltype(zero)>(call, stream); });
}

// ---- of latents: few numbers, one a thread

dim3 blocks_of(std::int64_t count) { return dim3((count + kThreads - 1) / kThreads); }
__device__ std::int64_t this_thread() { return static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x; }

template <class T>
__global__ void guide(GuidanceCall call) {
  const std::int64_t i = this_thread(), image_size = call.channels * call.pixels, half = call.images * image_size;
  if (i >= half) return;
  const std::int64_t pixel = i % call.pixels, channel = i / call.pixels % call.channels;
  const T* without_text = static_cast<const T*>(call.both) + i / image_size * image_size +
                          channel * call.channel_stride + pixel * call.pixel_stride;
  call.out[i] = guided(static_cast<float>(without_text[0]), static_cast<float>(without_text[half]), call.scale);
}

int guidance(const GuidanceCall& call, void* stream) {
  const dim3 blocks = blocks_of(call.images * call.channels * call.pixels);
  return with_type(call.element,
                   [&](auto zero) { return launch(guide<decltype(zero)>, blocks, dim3(kThreads), stream, call); });
}

const char* error_text(int code) { return cudaGetErrorString(static_cast<cudaError_t>(code)); }

}  // namespace
}  // namespace miafr::cuda

const miafr::cuda::KernelTable miafr_cuda_kernels = {
    miafr::cuda::kKernelTableVersion, miafr::cuda::error_text, miafr::cuda::group_norm, miafr::cuda::guidance,
};
