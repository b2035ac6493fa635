// CUDA on the CPU: as much of it as core/cuda/kernels.cu uses, under CUDA's own names, so that a C++ compiler makes the
// same kernels run in tests without a GPU. One thread after the other; a warp's threads meet where they exchange
// values.
#pragma once

#include <cstddef>
#include <functional>

#define __global__
#define __device__

struct dim3 {
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
  unsigned x, y, z;
};
extern dim3 gridDim, blockIdx, threadIdx;

enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidValue = 1, cudaErrorInvalidConfiguration = 9 };
const char* cudaGetErrorString(cudaError_t error);

using cudaStream_t = struct CUstream_st*;
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
};

// All lanes of a warp must take part; the test is stopped where one does not.
float __shfl_sync(unsigned mask, float value, unsigned lane);
float __shfl_down_sync(unsigned mask, float value, unsigned offset);

namespace cuda_on_cpu {
cudaError_t run(const cudaLaunchConfig_t& config, const std::function<void()>& thread);
}

template <class Call>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* config, void (*kernel)(Call), const Call& call) {
  return cuda_on_cpu::run(*config, [&] { kernel(call); });
}
