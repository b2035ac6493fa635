// Operations that a device may have as one kernel where ATen has several. Without such a kernel, and where gradients
// are wanted, they are ATen's.
#pragma once

#include <torch/types.h>

#include <array>
#include <cstddef>
#include <initializer_list>

namespace miafr {

enum class Activation { kNone, kSilu };

// ---- what they mean, in ATen

// Normalises over `groups` groups of channels: x [N,C,...], weight and bias [C] -> like x, in x's memory format.
inline at::Tensor aten_group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                                  double eps, Activation activation) {
  // ATen's group_norm keeps the channels-last format on the CPU only; there this is no copy.
  at::Tensor normal = at::group_norm(x, groups, weight, bias, eps).contiguous(x.suggest_memory_format());  // like x
  if (activation == Activation::kNone) return normal;
  return normal.requires_grad() ? at::silu(normal) : at::silu_(normal);
}

// Classifier-free guidance (arXiv 2207.12598): both [2N,...], the first half without text -> [N,...] of `dtype`.
inline at::Tensor aten_guidance(const at::Tensor& both, double scale, at::ScalarType dtype) {
  const auto halves = both.to(dtype).chunk(2);
  return halves[0] + scale * (halves[1] - halves[0]);
}

// ---- a device's own

// Each operation returns undefined tensors where there is no kernel for its arguments.
class FusedKernels {
 public:
  virtual ~FusedKernels() = default;
  virtual at::Tensor group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                                double eps, Activation activation) = 0;
  virtual at::Tensor guidance(const at::Tensor& both, double scale, at::ScalarType dtype) = 0;
};

// The kernels in use on devices of a type; null where there are none. They are to be set before the first tensor is
// computed, and stay for the rest of the process.
inline FusedKernels*& fused_kernels(at::DeviceType type) {
  static std::array<FusedKernels*, at::COMPILE_TIME_MAX_DEVICE_TYPES> kernels = {};
  return kernels.at(static_cast<std::size_t>(type));
}

// ---- the operations

// The kernels for such arguments: none where a gradient is to flow through them.
inline FusedKernels* fused_kernels_for(std::initializer_list<at::Tensor> arguments) {
  if (at::GradMode::is_enabled())
    for (const at::Tensor& argument : arguments)
      if (argument.defined() && argument.requires_grad()) return nullptr;
  return fused_kernels(arguments.begin()->device().type());
}

inline at::Tensor group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight, const at::Tensor& bias,
                             double eps, Activation activation) {
  if (FusedKernels* kernels = fused_kernels_for({x, weight, bias})) {
    const at::Tensor normal = kernels->group_norm(x, groups, weight, bias, eps, activation);
    if (normal.defined()) return normal;
  }
  return aten_group_norm(x, groups, weight, bias, eps, activation);
}

inline at::Tensor guidance(const at::Tensor& both, double scale, at::ScalarType dtype) {
  if (FusedKernels* kernels = fused_kernels_for({both})) {
    const at::Tensor guided = kernels->guidance(both, scale, dtype);
    if (guided.defined()) return guided;
  }
  return aten_guidance(both, scale, dtype);
}

}  // namespace miafr
