#include "core/train/step_gradients.h"

#include <cmath>
#include <numeric>

#include "core/train/autocast.h"
#include "core/train/gradients.h"

namespace miafr {
namespace {

std::vector<at::Tensor> tensors_of(const NamedTensors& named) {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : named) tensors.push_back(tensor);
  return tensors;
}

at::ScalarType precision_of(const TrainConfig& config) {
  return config.precision == "bfloat16" ? at::kBFloat16 : at::kFloat;
}

}  // namespace

StepGradients::StepGradients(RunSetup& setup) : setup_(setup) {
  setup.ranks.use_device(setup.options.run.device);
  if (setup.ranks.size() > 1) reducer_.emplace(setup.ranks, tensors_of(setup.networks.trained()));
}

std::map<std::string, double> StepGradients::compute(std::int64_t step) {
  metrics_.clear();
  const NamedTensors& trained = setup_.networks.trained();
  clear_gradients(trained);
  double loss = 0;
  for (std::int64_t part = 0; part < setup_.options.config.train.accumulation; ++part) loss += backward_of(step, part);
  if (reducer_) reducer_->finish();
  metrics_["loss"] = mean_over_ranks(loss);
  metrics_["grad_norm"] = norm_of_gradients(trained);
  return metrics_;
}

// Gradients of one batch are added to what is there. Returns its part of the step's loss.
double StepGradients::backward_of(std::int64_t step, std::int64_t part) {
  const TrainConfig& config = setup_.options.config.train;
  const std::int64_t parts = config.accumulation;
  const std::vector<TrainingBatch> batches = setup_.batches.make(step * parts + part);
  std::vector<LossTerm> terms;
  {
    const Autocast autocast(setup_.options.run.device.type(), precision_of(config));
    terms = setup_.loss(batches, step);
  }
  for (const LossTerm& term : terms)
    metrics_[term.name + (term.role == BatchRole::kTrain ? "_train" : "_reg")] += term.value.item<double>() / parts;
  const at::Tensor total = total_of(terms) / static_cast<double>(parts);
  const double value = total.item<double>();
  if (!std::isfinite(value) && setup_.ranks.size() == 1) return value;  // of several ranks all see it in the gradients
  const std::int64_t every = config.gradient_norms_every;
  if (part == 0 && every > 0 && step % every == 0) measure_terms(terms);
  if (reducer_ && part + 1 == parts) reducer_->start();
  total.backward();
  return value;
}

// The norm of each term's gradient on the U-Net, weighted as in the loss: one that does nothing is seen. The gradients
// are computed once more afterwards, together, so that measuring changes nothing.
void StepGradients::measure_terms(const std::vector<LossTerm>& terms) {
  std::map<std::string, std::vector<LossTerm>> by_name;
  for (const LossTerm& term : terms) by_name[term.name].push_back(term);
  const NamedTensors& trained = setup_.networks.trained();
  const NamedTensors unet(trained.begin(), trained.begin() + setup_.networks.num_unet_tensors());
  for (const auto& [name, own] : by_name) {
    const at::Tensor value = total_of(own);
    if (value.requires_grad()) value.backward({}, /*retain_graph=*/true);
    metrics_[name + "_grad_norm"] = norm_of_gradients(unet);
    clear_gradients(trained);
  }
}

double StepGradients::mean_over_ranks(double value) {
  if (setup_.ranks.size() == 1) return value;
  const std::vector<double> all = setup_.ranks.all_gather(value);
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

}  // namespace miafr
