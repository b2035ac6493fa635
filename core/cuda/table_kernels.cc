#include "core/cuda/table_kernels.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <limits>
#include <optional>
#include <string>

#include "core/base/errors.h"

namespace miafr {
namespace {

using cuda::Element;
using Results = KernelGuard::Results;

std::optional<Element> element_of(at::ScalarType dtype) {
  switch (dtype) {
    case at::kFloat:
      return Element::kFloat32;
    case at::kHalf:
      return Element::kFloat16;
    case at::kBFloat16:
      return Element::kBFloat16;
    default:
      return std::nullopt;
  }
}

// Of the largest value: the dtype's rounding, of the result and of what ATen rounds in between. In float32 a norm of
// numbers whose mean is a thousand times their deviation has errors of 4e-5, ATen's as well as ours.
double tolerance_of(at::ScalarType dtype) { return dtype == at::kFloat ? 1e-4 : dtype == at::kHalf ? 2e-3 : 1.6e-2; }

// LibTorch's own, without its CUDA headers.
c10::Stream current_stream(at::Device device) { return c10::impl::VirtualGuardImpl(device.type()).getStream(device); }

bool is_channels_last(const at::Tensor& x) { return x.is_contiguous(at::MemoryFormat::ChannelsLast); }

}  // namespace

template <class Call>
void TableKernels::start(int (*kernel)(const Call&, void*), const Call& call, at::Device device) const {
  const c10::DeviceGuard current(device);
  const int code = kernel(call, current_stream(device).native_handle());
  if (code != 0) throw Error(std::string("a CUDA kernel cannot be started: ") + table_.error_text(code));
}

bool TableKernels::admits(const std::string& kernel, const at::Tensor& x, std::vector<std::int64_t> kind,
                          std::function<Results()> ours, std::function<Results()> aten) {
  kind.insert(kind.end(), {x.device().index(), static_cast<std::int64_t>(x.scalar_type())});
  kind.insert(kind.end(), x.sizes().begin(), x.sizes().end());
  return guard_.admits(kernel, kind,
                       {std::move(ours), std::move(aten), [&] { current_stream(x.device()).synchronize(); },
                        tolerance_of(x.scalar_type())});
}

// ---- group normalisation

at::Tensor TableKernels::group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight,
                                    const at::Tensor& bias, double eps, Activation activation) {
  const auto fits = [&](const at::Tensor& parameter) {
    return parameter.scalar_type() == x.scalar_type() && parameter.device() == x.device() &&
           parameter.is_contiguous() && parameter.numel() == x.size(1);
  };
  constexpr std::int64_t kImageLimit = std::numeric_limits<std::int32_t>::max();
  if (!element_of(x.scalar_type()) || x.dim() != 4 || !is_channels_last(x) || x.numel() == 0) return {};
  if (!fits(weight) || !fits(bias) || x.size(1) % groups != 0 || x.numel() / x.size(0) > kImageLimit) return {};
  const bool admitted = admits(
      "group_norm", x, {groups, activation == Activation::kSilu},
      [&] { return Results{start_group_norm(x, groups, weight, bias, eps, activation)}; },
      [&] { return Results{aten_group_norm(x, groups, weight, bias, eps, activation)}; });
  return admitted ? start_group_norm(x, groups, weight, bias, eps, activation) : at::Tensor();
}

at::Tensor TableKernels::start_group_norm(const at::Tensor& x, int64_t groups, const at::Tensor& weight,
                                          const at::Tensor& bias, double eps, Activation activation) const {
  const at::Tensor out = at::empty_like(x);
  cuda::GroupNormCall call = {};
  call.x = x.const_data_ptr();
  call.weight = weight.const_data_ptr();
  call.bias = bias.const_data_ptr();
  call.out = out.mutable_data_ptr();
  call.element = *element_of(x.scalar_type());
  call.with_silu = activation == Activation::kSilu;
  call.eps = static_cast<float>(eps);
  call.images = x.size(0);
  call.pixels = x.size(2) * x.size(3);
  call.channels = x.size(1);
  call.groups = groups;
  const auto workspace = at::empty({static_cast<std::int64_t>(call.workspace_size())}, x.options().dtype(at::kByte));
  call.workspace = workspace.mutable_data_ptr();
  start(table_.group_norm, call, x.device());
  return out;
}

// ---- guidance

at::Tensor TableKernels::guidance(const at::Tensor& both, double scale, at::ScalarType dtype) {
  const bool dense = both.is_contiguous() || (both.dim() == 4 && is_channels_last(both));
  if (!element_of(both.scalar_type()) || dtype != at::kFloat || both.dim() != 4 || !dense) return {};
  if (both.size(0) % 2 != 0 || both.numel() == 0) return {};
  const bool admitted = admits(
      "guidance", both, {is_channels_last(both)}, [&] { return Results{start_guidance(both, scale)}; },
      [&] { return Results{aten_guidance(both, scale, dtype)}; });
  return admitted ? start_guidance(both, scale) : at::Tensor();
}

at::Tensor TableKernels::start_guidance(const at::Tensor& both, double scale) const {
  const at::Tensor out =
      at::empty({both.size(0) / 2, both.size(1), both.size(2), both.size(3)}, both.options().dtype(at::kFloat));
  const std::int64_t channels = both.size(1), pixels = both.size(2) * both.size(3);
  const bool contiguous = both.is_contiguous();
  start(table_.guidance,
        cuda::GuidanceCall{both.const_data_ptr(), out.mutable_data_ptr<float>(), *element_of(both.scalar_type()),
                           static_cast<float>(scale), out.size(0), channels, pixels, contiguous ? pixels : 1,
                           contiguous ? 1 : channels},
        both.device());
  return out;
}

}  // namespace miafr
