// y = x w^T + b, by the library that is fastest for it.
//
// at::linear takes MKL, which on AMD's processors with AVX-512 uses half of its width: 207 GFLOP/s on two cores of a
// Zen 5 where oneDNN's products, which this takes, run at 440.
#pragma once

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>

#include <optional>

#include "core/kernels/cpu_instructions.h"

namespace miafr {
namespace onednn {

// a [..., K], b [N, K] -> a b^T + bias [..., N]. float32 on the CPU; b may be a transpose.
inline at::Tensor product(const at::Tensor& a, const at::Tensor& b, const std::optional<at::Tensor>& bias = {}) {
  using Run = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, c10::string_view,
                         c10::List<std::optional<at::Scalar>>, std::optional<c10::string_view>);
  static const auto run = c10::Dispatcher::singleton().findSchemaOrThrow("mkldnn::_linear_pointwise", "").typed<Run>();
  return run.call(a, b, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias) {
    // A frozen weight needs no x, and x can be large.
    context->save_for_backward({weight.requires_grad() ? x : at::Tensor(), x.requires_grad() ? weight : at::Tensor()});
    context->saved_data["has_bias"] = bias.has_value();
    return product(x, weight, bias);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &gradient = gradients[0];
    const at::Tensor rows = gradient.flatten(0, -2);  // [M, N]
    at::Tensor of_x, of_weight, of_bias;
    if (context->needs_input_grad(0)) of_x = product(gradient, weight.t());
    if (context->needs_input_grad(1)) of_weight = product(rows.t(), x.flatten(0, -2).t());
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) of_bias = rows.sum(0);
    return {of_x, of_weight, of_bias};
  }
};

inline bool pays(const at::Tensor& x, const at::Tensor& weight) {
  const auto is_float_on_cpu = [](const at::Tensor& t) { return t.is_cpu() && t.scalar_type() == at::kFloat; };
  return has_avx512() && is_float_on_cpu(x) && is_float_on_cpu(weight) && x.dim() > 1 && x.numel() > 0 &&
         !at::autocast::is_autocast_enabled(at::kCPU);
}

}  // namespace onednn

// x [..., K], weight [N, K], bias [N] or undefined -> [..., N].
inline at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias = {}) {
  if (!onednn::pays(x, weight)) return at::linear(x, weight, bias);
  const std::optional<at::Tensor> given = bias.defined() ? std::optional(bias) : std::nullopt;
  const auto wants_gradient = [](const at::Tensor& t) { return t.defined() && t.requires_grad(); };
  if (at::GradMode::is_enabled() && (wants_gradient(x) || wants_gradient(weight) || wants_gradient(bias)))
    return onednn::Linear::apply(x, weight, given);
  return onednn::product(x, weight, given);
}

}  // namespace miafr
