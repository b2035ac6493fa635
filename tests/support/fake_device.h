// A second device without hardware: code that forgets a tensor on the CPU, or reads a device's memory from the host,
// passes every test on the CPU and fails on a GPU; here it fails in a test that needs none.
//
// It goes by the dispatch key and the name of a device that LibTorch knows and nobody here has (hpu). Each operator
// with a CPU kernel of its own is computed by that kernel, on the same numbers, after its arguments have been checked:
//
//   - every tensor is on the device, those in lists included; a 0-dim CPU tensor may stand for a number where ATen
//     allows it, in elementwise operators. Else: "fake device: aten::cat: argument 'tensors' is on cpu, must be on
//     hpu:0"
//   - a random generator is the device's own, not the CPU's
//
// What CUDA also allows and is slow there, CPU indices into a device's tensor, is refused. oneDNN's operators (mkldnn…)
// do not exist here; composite operators take the way of a device that is not the CPU, but for convolution and
// attention, whose kernels are the CPU's.
//
// A tensor's data_ptr points into address space where nothing may be read or written: code that follows it on the host
// dies by SIGSEGV with a line on stderr. Only ATen's own copies between the devices know where the numbers are, and
// host_address(), for tests that stand in for a kernel.
#pragma once

#include <ATen/core/Tensor.h>

namespace miafr_tests {

// Registers it at the first call, for the rest of the process.
at::Device fake_device();

// Where the numbers behind an address of the device are. Null for null; else the address must lie in a living tensor.
void* host_address(const void* device_address);

}  // namespace miafr_tests
