#include "core/train/optimization.h"

#include "core/train/gradients.h"
#include "core/train/learning_rate.h"

namespace miafr {
namespace {

AdamWSettings optimizer_settings(const TrainConfig& t) {
  return {t.adam_beta1, t.adam_beta2, t.adam_epsilon, t.weight_decay, t.optimizer == "adamw8bit"};
}

LearningRateSchedule schedule_of(const TrainConfig& config) {
  return config.schedule == "constant" ? LearningRateSchedule::kConstantWithWarmup
                                       : learning_rate_schedule(config.schedule);
}

}  // namespace

Optimization::Optimization(const NamedTensors& trained, const TrainConfig& config)
    : trained_(trained), config_(config), optimizer_(trained, optimizer_settings(config)) {
  if (config.use_ema) ema_.emplace(trained, config.ema_decay);
}

double Optimization::update(std::int64_t step, double norm) {
  const TrainConfig& t = config_;
  if (t.max_grad_norm > 0 && norm > t.max_grad_norm) scale_gradients(trained_, t.max_grad_norm / norm);
  const double rate = t.learning_rate * learning_rate_factor(schedule_of(t), step, t.warmup_steps, t.steps);
  optimizer_.step(rate);
  if (ema_) ema_->update();
  return rate;
}

NamedTensors Optimization::weights_for_use() const {
  if (!ema_) return trained_;
  const TensorState averages = ema_->averages();
  return {averages.begin(), averages.end()};
}

TensorParts Optimization::state() const {
  TensorParts parts = {{"weight", {trained_.begin(), trained_.end()}}, {"optimizer", optimizer_.state()}};
  if (ema_) parts["ema"] = ema_->state();
  return parts;
}

void Optimization::load_state(TensorParts parts, const std::string& origin) {
  restore({trained_.begin(), trained_.end()}, parts["weight"], origin + ": weights");
  optimizer_.load_state(parts["optimizer"]);
  if (ema_) ema_->load_state(parts["ema"]);
}

}  // namespace miafr
