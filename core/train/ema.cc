#include "core/train/ema.h"

#include <torch/types.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/base/errors.h"
#include "core/base/shown.h"

namespace miafr {

Ema::Ema(NamedTensors weights, double decay) : updates_(at::zeros({}, at::kLong)), decay_(decay) {
  if (!(decay >= 0 && decay <= 1)) throw Error("EMA: decay = " + std::to_string(decay) + ", allowed 0 to 1");
  const at::NoGradGuard no_grad;
  std::set<std::string> names;
  for (auto& [name, weight] : weights) {
    if (!names.insert(name).second) throw Error("EMA: the weight " + miafr::quoted(name) + " is given twice");
    entries_.push_back({std::move(name), weight, at::empty_like(weight, at::TensorOptions(at::kFloat))});
    entries_.back().average.copy_(weight);
  }
}

void Ema::update() {
  const at::NoGradGuard no_grad;
  updates_.add_(1);
  const auto n = updates_.item<double>();
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  for (Entry& entry : entries_) entry.average.lerp_(entry.weight.to(at::kFloat), 1 - decay);
}

TensorState Ema::averages() const {
  TensorState averages;
  for (const Entry& entry : entries_) averages[entry.name] = entry.average;
  return averages;
}

TensorState Ema::state() const {
  TensorState state = {{"updates", updates_}};
  for (const Entry& entry : entries_) state["average." + entry.name] = entry.average;
  return state;
}

void Ema::load_state(const TensorState& state) { restore(this->state(), state, "EMA state"); }

}  // namespace miafr
