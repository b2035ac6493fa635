#include "tests/support/fake_kernels.h"

#include "tests/support/fake_device.h"

namespace miafr_tests {
namespace {

using namespace miafr::cuda;

template <class T>
void translate(T*& address) {
  address = static_cast<T*>(host_address(address));
}

int group_norm(const GroupNormCall& on_device, void* stream) {
  ++kernel_calls().group_norm;
  GroupNormCall call = on_device;
  translate(call.x);
  translate(call.weight);
  translate(call.bias);
  translate(call.out);
  translate(call.workspace);
  return miafr_cuda_kernels.group_norm(call, stream);
}

int guidance(const GuidanceCall& on_device, void* stream) {
  ++kernel_calls().guidance;
  GuidanceCall call = on_device;
  translate(call.both);
  translate(call.out);
  return miafr_cuda_kernels.guidance(call, stream);
}

}  // namespace

const KernelTable& fake_device_kernels() {
  static const KernelTable table = {kKernelTableVersion, miafr_cuda_kernels.error_text, group_norm, guidance};
  return table;
}

KernelCalls& kernel_calls() {
  static KernelCalls calls;
  return calls;
}

}  // namespace miafr_tests
