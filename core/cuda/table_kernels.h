// A kernel library's table as kernels for tensors.
#pragma once

#include "core/cuda/kernel_guard.h"
#include "core/cuda/kernels.h"
#include "core/kernels/fused_ops.h"

namespace miafr {

// Each kernel runs in the current stream of its tensors' device, once the guard has admitted it.
class TableKernels final : public FusedKernels {
 public:
  // table outlives this object.
  explicit TableKernels(const cuda::KernelTable& table) : table_(table) {}
  TableKernels(const cuda::KernelTable& table, KernelGuard::Clock clock, KernelGuard::Warn warn)
      : table_(table), guard_(std::move(clock), std::move(warn)) {}

  // x float32, float16 or bfloat16 and channels-last; weight and bias of the same dtype.
  at::Tensor group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                        double eps, Activation activation) override;
  // both [2N,C,h,w] of these dtypes, dense; result float32 and contiguous.
  at::Tensor guidance(const at::Tensor& both, double scale, at::ScalarType dtype) override;

 private:
  template <class Call>
  void start(int (*kernel)(const Call&, void*), const Call& call, at::Device device) const;
  at::Tensor start_group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                              double eps, Activation activation) const;
  at::Tensor start_guidance(const at::Tensor& both, double scale) const;
  bool admits(const std::string& kernel, const at::Tensor& x, std::vector<std::int64_t> kind,
              std::function<KernelGuard::Results()> ours, std::function<KernelGuard::Results()> aten);

  const cuda::KernelTable& table_;
  KernelGuard guard_;
};

}  // namespace miafr
