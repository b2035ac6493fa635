#include "core/train/gradient_reducer.h"

#include <torch/csrc/autograd/function_hook.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/types.h>

#include <memory>
#include <string>
#include <utility>

#include "core/base/errors.h"

namespace miafr {
namespace {

struct ReadyHook : torch::autograd::PostAccumulateGradHook {
  explicit ReadyHook(std::function<void()> function) : call(std::move(function)) {}
  void operator()(const at::Tensor&) override { call(); }

  std::function<void()> call;
};

}  // namespace

GradientReducer::GradientReducer(Ranks& ranks, std::vector<at::Tensor> parameters, std::int64_t bucket_bytes)
    : ranks_(ranks) {
  if (ranks.size() == 1) return;
  for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter)
    slots_.push_back({*parameter, {}, {}, 0, false});
  check_alike();

  std::vector<std::size_t> slots;
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const at::Tensor& parameter = slots_[i].parameter;
    const auto size = static_cast<std::int64_t>(parameter.nbytes());
    const bool is_alike = slots.empty() || slots_[slots[0]].parameter.options().type_equal(parameter.options());
    if (!slots.empty() && (!is_alike || bytes + size > bucket_bytes)) {
      add_bucket(slots);
      slots.clear();
      bytes = 0;
    }
    slots.push_back(i);
    bytes += size;
  }
  if (!slots.empty()) add_bucket(slots);

  for (Slot& slot : slots_)
    torch::autograd::impl::set_post_acc_grad_hooks(
        slot.parameter, std::make_unique<ReadyHook>([this, &slot] { gradient_is_ready(slot); }));
}

GradientReducer::~GradientReducer() {
  for (Slot& slot : slots_) torch::autograd::impl::set_post_acc_grad_hooks(slot.parameter, nullptr);
}

// Different parameters would be averaged into each other.
void GradientReducer::check_alike() {
  double elements = 0;
  for (const Slot& slot : slots_) elements += static_cast<double>(slot.parameter.numel());
  const std::vector<double> counts = ranks_.all_gather(static_cast<double>(slots_.size()));
  const std::vector<double> sizes = ranks_.all_gather(elements);
  for (std::size_t rank = 1; rank < counts.size(); ++rank)
    if (counts[rank] != counts[0] || sizes[rank] != sizes[0])
      throw Error("rank " + std::to_string(rank) + " trains " + std::to_string(static_cast<std::int64_t>(sizes[rank])) +
                  " numbers in " + std::to_string(static_cast<std::int64_t>(counts[rank])) + " tensors, rank 0 " +
                  std::to_string(static_cast<std::int64_t>(sizes[0])) + " in " +
                  std::to_string(static_cast<std::int64_t>(counts[0])) + ": all need the same configuration");
}

void GradientReducer::add_bucket(const std::vector<std::size_t>& slots) {
  std::int64_t elements = static_cast<std::int64_t>(slots.size());
  for (const std::size_t i : slots) elements += slots_[i].parameter.numel();
  const at::NoGradGuard no_grad;
  Bucket bucket{slots, at::zeros({elements}, slots_[slots[0]].parameter.options().requires_grad(false)), 0};
  std::int64_t offset = 0;
  for (const std::size_t i : slots) {
    Slot& slot = slots_[i];
    const at::Tensor part = bucket.memory.narrow(0, offset, slot.parameter.numel());
    slot.gradient = slot.parameter.is_non_overlapping_and_dense()
                        ? part.as_strided(slot.parameter.sizes(), slot.parameter.strides())
                        : part.view(slot.parameter.sizes());
    slot.bucket = buckets_.size();
    offset += slot.parameter.numel();
  }
  for (const std::size_t i : slots) slots_[i].present = bucket.memory.narrow(0, offset++, 1);
  buckets_.push_back(std::move(bucket));
}

void GradientReducer::start() {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_) slot.ready = false;
  for (Bucket& bucket : buckets_) bucket.waiting = bucket.slots.size();
  begun_.clear();
  started_ = true;
}

void GradientReducer::gradient_is_ready(Slot& slot) {
  const std::lock_guard lock(mutex_);
  if (!started_ || slot.ready) return;
  fill(slot);
  while (begun_.size() < buckets_.size() && buckets_[begun_.size()].waiting == 0) begin_next();
}

// The gradient moves into the bucket, already divided: sums of float16 shall not overflow.
void GradientReducer::fill(Slot& slot) {
  const at::NoGradGuard no_grad;
  at::Tensor& gradient = slot.parameter.mutable_grad();
  const double share = 1.0 / ranks_.size();
  slot.present.fill_(gradient.defined() ? share : 0);
  if (!gradient.defined())
    slot.gradient.zero_();
  else if (gradient.is_alias_of(slot.gradient))
    slot.gradient.mul_(share);
  else
    at::mul_out(slot.gradient, gradient, at::scalar_tensor(share, gradient.dtype()));
  if (gradient.defined()) gradient = slot.gradient;
  slot.ready = true;
  --buckets_[slot.bucket].waiting;
}

void GradientReducer::begin_next() { begun_.push_back(ranks_.begin_sum(buckets_[begun_.size()].memory)); }

void GradientReducer::finish() {
  const std::lock_guard lock(mutex_);
  for (Slot& slot : slots_)
    if (!slot.ready) fill(slot);
  while (begun_.size() < buckets_.size()) begin_next();
  for (const auto& wait : begun_) wait();
  for (Slot& slot : slots_) {
    at::Tensor& gradient = slot.parameter.mutable_grad();
    if (gradient.defined()) continue;
    if (slot.present.item<double>() > 0) gradient = slot.gradient;
  }
  started_ = false;
}

}  // namespace miafr
