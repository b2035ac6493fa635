// The CUDA kernels on the fake device: kernels.cu compiled for the CPU, and addresses of the device translated.
#pragma once

#include "core/cuda/kernels.h"

namespace miafr_tests {

const miafr::cuda::KernelTable& fake_device_kernels();

// How often each of them has run.
struct KernelCalls {
  int group_norm = 0, guidance = 0;
};
KernelCalls& kernel_calls();

}  // namespace miafr_tests
