#include "core/train/adamw.h"

#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "core/base/errors.h"
#include "core/base/shown.h"
#include "core/train/vectorised.h"

namespace miafr {
namespace {

// Below this many elements 8 bits save nothing worth their error (arXiv 2110.02861, appendix A; also bitsandbytes).
constexpr std::int64_t kSmallestEightBit = 4096;
// How many elements of an 8-bit state are float32 at a time: on a CPU what stays in its caches.
std::int64_t slice_size(at::Device device) { return std::int64_t{1} << (device.is_cpu() ? 16 : 22); }

void check(const NamedTensors& parameters, const AdamWSettings& settings) {
  const auto decay_rate = [](const char* name, double value) {
    if (!(value >= 0 && value < 1))
      throw Error("AdamW: " + std::string(name) + " = " + std::to_string(value) + ", allowed 0 to below 1");
  };
  decay_rate("beta1", settings.beta1);
  decay_rate("beta2", settings.beta2);
  if (!(settings.epsilon > 0)) throw Error("AdamW: epsilon must be above 0");
  if (!(settings.weight_decay >= 0)) throw Error("AdamW: weight_decay must be 0 or more");

  std::set<std::string> names;
  for (const auto& [name, weight] : parameters) {
    if (!names.insert(name).second) throw Error("AdamW: the parameter " + miafr::quoted(name) + " is given twice");
    const auto dtype = weight.scalar_type();
    if (dtype != at::kFloat && dtype != at::kHalf && dtype != at::kBFloat16)
      throw Error("AdamW: the parameter " + miafr::quoted(name) + " is " + c10::toString(dtype) +
                  ", must be float32, float16 or bfloat16");
  }
}

// Is there a kernel of _fused_adamw_ for float32 on that device? CPU, CUDA and a few others have one.
bool has_fused_kernel(at::Device device) {
  static const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("aten::_fused_adamw_", "");
  return op.hasKernelForDispatchKey(c10::computeDispatchKey(at::kFloat, at::kStrided, device));
}

// The elements in the order in which they lie in memory: the fused kernels go by addresses, not by strides.
at::Tensor memory_order(const at::Tensor& dense) { return dense.as_strided({dense.numel()}, {1}); }

// The weight's gradient in float32 and the weight's own layout, copied only where it is not so already.
at::Tensor gradient_like(const at::Tensor& weight) {
  const at::Tensor& gradient = weight.grad();
  if (gradient.scalar_type() == at::kFloat && gradient.strides() == weight.strides()) return gradient;
  return at::empty_like(weight, at::TensorOptions(at::kFloat)).copy_(gradient);
}

// The equations in adamw.h for float32 tensors of one shape, in torch.optim's order of operations.
void update(at::Tensor weight, const at::Tensor& gradient, at::Tensor exp_avg, at::Tensor exp_avg_sq, std::int64_t t,
            double learning_rate, const AdamWSettings& settings) {
  const double bias_correction1 = 1 - std::pow(settings.beta1, t);
  const double bias_correction2 = 1 - std::pow(settings.beta2, t);
  weight.mul_(1 - learning_rate * settings.weight_decay);
  exp_avg.lerp_(gradient, 1 - settings.beta1);
  exp_avg_sq.mul_(settings.beta2).addcmul_(gradient, gradient, 1 - settings.beta2);
  const at::Tensor denominator = exp_avg_sq.sqrt().div_(std::sqrt(bias_correction2)).add_(settings.epsilon);
  weight.addcdiv_(exp_avg, denominator, -learning_rate / bias_correction1);
}

constexpr std::int64_t kBlock = EightBitState::kBlock;

struct Factors {
  Factors(const AdamWSettings& settings, double learning_rate, std::int64_t t)
      : kept(static_cast<float>(1 - learning_rate * settings.weight_decay)),
        share1(static_cast<float>(1 - settings.beta1)),
        beta2(static_cast<float>(settings.beta2)),
        share2(static_cast<float>(1 - settings.beta2)),
        root(static_cast<float>(std::sqrt(1 - std::pow(settings.beta2, t)))),
        epsilon(static_cast<float>(settings.epsilon)),
        rate(static_cast<float>(learning_rate / (1 - std::pow(settings.beta1, t)))) {}
  float kept, share1, beta2, share2, root, epsilon, rate;
};

// update() for kBlock numbers, in its order of operations.
MIAFR_VECTORISED void update_block(Factors f, const float* __restrict gradient, float* __restrict exp_avg,
                                   float* __restrict exp_avg_sq, float* __restrict weight) {
  for (int i = 0; i < kBlock; ++i) {
    const float g = gradient[i];
    exp_avg[i] += f.share1 * (g - exp_avg[i]);
    exp_avg_sq[i] = exp_avg_sq[i] * f.beta2 + f.share2 * g * g;
    const float denominator = std::sqrt(exp_avg_sq[i]) / f.root + f.epsilon;
    weight[i] = weight[i] * f.kept - f.rate * (exp_avg[i] / denominator);
  }
}

}  // namespace

AdamW::AdamW(NamedTensors parameters, AdamWSettings settings) : settings_(settings) {
  check(parameters, settings);
  const at::NoGradGuard no_grad;
  for (auto& [name, weight] : parameters) {
    Parameter parameter{std::move(name), weight, at::zeros({}, at::kLong), {}, {}, {}, {}};
    if (settings.eight_bit && weight.numel() >= kSmallestEightBit) {
      parameter.exp_avg_8.emplace(weight.numel(), EightBitState::Range::kSigned, weight.device());
      parameter.exp_avg_sq_8.emplace(weight.numel(), EightBitState::Range::kNonNegative, weight.device());
    } else {
      parameter.exp_avg = at::zeros_like(weight, at::TensorOptions(at::kFloat));
      parameter.exp_avg_sq = at::zeros_like(weight, at::TensorOptions(at::kFloat));
    }
    parameters_.push_back(std::move(parameter));
  }
}

void AdamW::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  std::vector<Parameter*> fused;
  for (Parameter& parameter : parameters_) {
    const at::Tensor& weight = parameter.weight;
    if (!weight.grad().defined()) continue;
    parameter.steps.add_(1);
    if (parameter.exp_avg_8 && weight.is_cpu() && weight.scalar_type() == at::kFloat)
      step_eight_bit_on_cpu(parameter, learning_rate);
    else if (parameter.exp_avg_8)
      step_eight_bit(parameter, learning_rate);
    else if (weight.scalar_type() == at::kFloat && weight.is_non_overlapping_and_dense() &&
             has_fused_kernel(weight.device()))
      fused.push_back(&parameter);
    else
      step_plain(parameter, learning_rate);
  }
  if (!fused.empty()) step_fused(fused, learning_rate);
}

void AdamW::step_fused(const std::vector<Parameter*>& parameters, double learning_rate) {
  std::vector<at::Tensor> weights, gradients, exp_avgs, exp_avg_sqs, steps;
  for (const Parameter* parameter : parameters) {
    weights.push_back(memory_order(parameter->weight));
    gradients.push_back(memory_order(gradient_like(parameter->weight)));
    exp_avgs.push_back(memory_order(parameter->exp_avg));
    exp_avg_sqs.push_back(memory_order(parameter->exp_avg_sq));
    steps.push_back(parameter->steps);
  }
  // The kernel wants each t as float32 beside its weight: one small copy for all.
  const at::Tensor all_steps = at::stack(steps).to(weights[0].options());
  at::_fused_adamw_(weights, gradients, exp_avgs, exp_avg_sqs, /*max_exp_avg_sqs=*/{}, all_steps.unbind(),
                    learning_rate, settings_.beta1, settings_.beta2, settings_.weight_decay, settings_.epsilon,
                    /*amsgrad=*/false, /*maximize=*/false);
}

void AdamW::step_plain(Parameter& parameter, double learning_rate) {
  const at::Tensor weight = parameter.weight.to(at::kFloat);  // itself where it is float32
  update(weight, gradient_like(parameter.weight), parameter.exp_avg, parameter.exp_avg_sq,
         parameter.steps.item<std::int64_t>(), learning_rate, settings_);
  if (!weight.is_same(parameter.weight)) parameter.weight.copy_(weight);
}

void AdamW::step_eight_bit(Parameter& parameter, double learning_rate) {
  const at::Tensor weights = parameter.weight.flatten(), gradients = parameter.weight.grad().flatten();
  const auto t = parameter.steps.item<std::int64_t>();
  const std::int64_t slice = slice_size(weights.device());
  for (std::int64_t begin = 0; begin < weights.numel(); begin += slice) {
    const std::int64_t length = std::min(slice, weights.numel() - begin);
    at::Tensor target = weights.narrow(0, begin, length);
    const at::Tensor weight = target.to(at::kFloat), gradient = gradients.narrow(0, begin, length).to(at::kFloat);
    const at::Tensor exp_avg = parameter.exp_avg_8->decode(begin, length);
    const at::Tensor exp_avg_sq = parameter.exp_avg_sq_8->decode(begin, length);
    update(weight, gradient, exp_avg, exp_avg_sq, t, learning_rate, settings_);
    parameter.exp_avg_8->encode(begin, exp_avg);
    parameter.exp_avg_sq_8->encode(begin, exp_avg_sq);
    if (!weight.is_same(target)) target.copy_(weight);
  }
  // flatten() copies what is not laid out in the order of its shape.
  if (!weights.is_alias_of(parameter.weight)) parameter.weight.copy_(weights.view(parameter.weight.sizes()));
}

// A block at a time, which stays in the first cache.
void AdamW::step_eight_bit_on_cpu(Parameter& parameter, double learning_rate) {
  const Factors factors(settings_, learning_rate, parameter.steps.item<std::int64_t>());
  const at::Tensor weights = parameter.weight.contiguous();  // in the order of the shape; itself where it is so already
  const at::Tensor gradients = parameter.weight.grad().to(at::kFloat).contiguous();
  const float* const gradient = gradients.const_data_ptr<float>();
  float* const weight = weights.mutable_data_ptr<float>();
  const std::int64_t size = parameter.weight.numel();
  at::parallel_for(0, (size + kBlock - 1) / kBlock, /*grain_size=*/64, [&](std::int64_t first, std::int64_t last) {
    float exp_avg[kBlock], exp_avg_sq[kBlock], some_weights[kBlock] = {}, some_gradients[kBlock] = {};
    for (std::int64_t block = first; block < last; ++block) {
      const std::int64_t begin = block * kBlock, length = std::min(kBlock, size - begin);
      parameter.exp_avg_8->decode_block(block, exp_avg);
      parameter.exp_avg_sq_8->decode_block(block, exp_avg_sq);
      if (length == kBlock) {
        update_block(factors, gradient + begin, exp_avg, exp_avg_sq, weight + begin);
      } else {
        std::copy_n(weight + begin, length, some_weights);
        std::copy_n(gradient + begin, length, some_gradients);
        update_block(factors, some_gradients, exp_avg, exp_avg_sq, some_weights);
        std::copy_n(some_weights, length, weight + begin);
      }
      parameter.exp_avg_8->encode_block(block, exp_avg);
      parameter.exp_avg_sq_8->encode_block(block, exp_avg_sq);
    }
  });
  if (!weights.is_same(parameter.weight)) parameter.weight.copy_(weights);
}

TensorState AdamW::state() const {
  TensorState state;
  for (const Parameter& parameter : parameters_) {
    state["step." + parameter.name] = parameter.steps;
    state["exp_avg." + parameter.name] = parameter.exp_avg_8 ? parameter.exp_avg_8->codes() : parameter.exp_avg;
    state["exp_avg_sq." + parameter.name] =
        parameter.exp_avg_sq_8 ? parameter.exp_avg_sq_8->codes() : parameter.exp_avg_sq;
    if (!parameter.exp_avg_8) continue;
    state["exp_avg_absmax." + parameter.name] = parameter.exp_avg_8->absmax();
    state["exp_avg_sq_absmax." + parameter.name] = parameter.exp_avg_sq_8->absmax();
  }
  return state;
}

void AdamW::load_state(const TensorState& state) { restore(this->state(), state, "optimizer state"); }

}  // namespace miafr
