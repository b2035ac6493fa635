#include "core/train/recompute.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <mutex>
#include <utility>

namespace miafr {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The random state of the CPU and of the device that the part runs on.
class RandomState {
 public:
  explicit RandomState(at::Device device) {
    generators_.push_back(at::detail::getDefaultCPUGenerator());
    if (device.is_cuda()) generators_.push_back(at::globalContext().defaultGenerator(device));
    for (at::Generator& generator : generators_) {
      const std::lock_guard<std::mutex> lock(generator.mutex());
      states_.push_back(generator.get_state());
    }
  }

  void restore() const {
    for (std::size_t i = 0; i < generators_.size(); ++i) {
      at::Generator generator = generators_[i];
      const std::lock_guard<std::mutex> lock(generator.mutex());
      generator.set_state(states_[i]);
    }
  }

 private:
  std::vector<at::Generator> generators_;
  std::vector<at::Tensor> states_;
};

// Autocast as it was in the forward pass: the backward pass knows nothing of it.
class AutocastState {
 public:
  explicit AutocastState(at::DeviceType type)
      : type_(type),
        enabled_(at::autocast::is_autocast_enabled(type)),
        dtype_(at::autocast::get_autocast_dtype(type)) {}

  // Without the casts that are remembered: those from outside may lack gradients, and those from inside would outlive
  // the optimizer's step, after which they are another's weights.
  void enter() const {
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(type_, enabled_);
    at::autocast::set_autocast_dtype(type_, dtype_);
  }

 private:
  const at::DeviceType type_;
  const bool enabled_;
  const at::ScalarType dtype_;
};

struct Recomputed : torch::autograd::Function<Recomputed> {
  struct Call {
    UNetModel::Part part;
    RandomState random;
    AutocastState autocast;
  };

  // anchor: requires a gradient, so that the output does, also where only the part's own parameters are trained.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& anchor, at::TensorList inputs,
                            std::shared_ptr<const Call> call) {
    (void)anchor;
    context->save_for_backward(inputs.vec());
    context->saved_data["call"] = c10::IValue::make_capsule(c10::make_intrusive<Capsule>(call));
    return call->part(inputs.vec());
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto capsule = context->saved_data["call"].toCapsule();
    const Call& call = *static_cast<const Capsule&>(*capsule).call;
    std::vector<at::Tensor> inputs;
    for (const at::Tensor& saved : context->get_saved_variables())
      inputs.push_back(saved.detach().set_requires_grad(saved.requires_grad()));
    compute_again(call, inputs, gradients.front());
    variable_list out = {at::Tensor()};
    for (const at::Tensor& input : inputs) out.push_back(input.requires_grad() ? input.grad() : at::Tensor());
    out.emplace_back();  // of `call`
    return out;
  }

 private:
  struct Capsule : torch::CustomClassHolder {
    explicit Capsule(std::shared_ptr<const Call> call) : call(std::move(call)) {}
    const std::shared_ptr<const Call> call;
  };

  static void compute_again(const Call& call, const std::vector<at::Tensor>& inputs, const at::Tensor& gradient) {
    const at::DeviceType type = inputs.front().device().type();
    const RandomState now(inputs.front().device());
    const AutocastState outside(type);
    at::Tensor output;
    {
      const at::AutoGradMode with_gradients(true);
      call.random.restore();
      call.autocast.enter();
      output = call.part(inputs);
      outside.enter();
      now.restore();
    }
    // Nothing in it is trained, and nothing before it.
    if (output.requires_grad()) torch::autograd::backward({output}, {gradient});
  }
};

}  // namespace

at::Tensor recompute(const UNetModel::Part& part, const std::vector<at::Tensor>& inputs) {
  if (!at::GradMode::is_enabled()) return part(inputs);
  const at::Device device = inputs.front().device();
  const auto call = std::make_shared<const Recomputed::Call>(
      Recomputed::Call{part, RandomState(device), AutocastState(device.type())});
  const at::Tensor anchor = at::empty({0}, inputs.front().options().requires_grad(false)).set_requires_grad(true);
  return Recomputed::apply(anchor, at::TensorList(inputs), call);
}

}  // namespace miafr
