#include "demo/pretrain/training_run.h"

#include <ATen/CPUGeneratorImpl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <sstream>

#include "core/io/whole_file.h"
#include "core/plugin/host_context.h"
#include "core/base/errors.h"
#include "core/base/interrupt.h"
#include "core/base/progress.h"
#include "core/train/adamw.h"
#include "core/train/ema.h"
#include "core/train/gradients.h"
#include "core/train/learning_rate.h"
#include "demo/pretrain/weights_file.h"

namespace miafr::demo {
namespace {

namespace fs = std::filesystem;

TrainingState found_state(const TrainingPlan& plan) {
  const auto newest = CheckpointFolder(plan.folder / plan.name).newest();
  if (!newest) {
    TrainingState start;
    if (plan.from.empty()) return start;
    for (const auto& [name, tensor] : read_weights(plan.from))
      start.tensors["weight." + name] = start.tensors["buffer." + name] =
          tensor;  // each is asked for as one of the two
    return start;
  }
  TrainingState state = read_state(*newest);
  const auto seed = state.settings.find("seed");
  if (seed == state.settings.end() || seed->second != std::to_string(plan.seed))
    throw Error(newest->string() + ": was begun with another --seed; name that one, or another folder");
  return state;
}

std::map<std::string, at::Tensor> with_prefix(const TensorState& tensors, const std::string& prefix) {
  std::map<std::string, at::Tensor> found;
  for (const auto& [name, tensor] : tensors)
    if (name.rfind(prefix, 0) == 0) found[name.substr(prefix.size())] = tensor;
  return found;
}

void add(TensorState& all, const std::string& prefix, const TensorState& some) {
  for (const auto& [name, tensor] : some) all[prefix + name] = tensor;
}

std::string shown(double loss) {
  std::ostringstream text;
  text.precision(4);
  text << "loss " << loss;
  return text.str();
}

}  // namespace

TrainingRun::TrainingRun(TrainingPlan plan)
    : plan_(std::move(plan)), state_(found_state(plan_)), trained_(plan_.seed, with_prefix(state_.tensors, "weight.")) {
  fs::create_directories(plan_.folder / plan_.name);
  const auto curve = state_.tensors.find("curve");
  if (curve == state_.tensors.end()) return;
  for (std::int64_t i = 0; i < curve->second.size(0); ++i) {
    const double* row = curve->second[i].const_data_ptr<double>();
    curve_.push_back({row[0], row[1], row[2]});
  }
}

at::Tensor TrainingRun::buffer(const std::string& name, at::Tensor start) {
  const auto found = state_.tensors.find("buffer." + name);
  if (found != state_.tensors.end()) start.copy_(found->second);
  buffers_.emplace_back(name, start);
  return start;
}

void TrainingRun::train(const Loss& loss) {
  const NamedTensors& weights = trained_.all;
  check_beginning();
  AdamWSettings settings;
  settings.weight_decay = plan_.weight_decay;
  AdamW optimizer(weights, settings);
  Ema ema(weights, plan_.ema);
  if (state_.step > 0) {
    optimizer.load_state(with_prefix(state_.tensors, "optimizer."));
    ema.load_state(with_prefix(state_.tensors, "ema."));
  }
  Progress progress(plan_.name, "step", plan_.steps, std::cerr, ::isatty(STDERR_FILENO) != 0);
  progress.go_on_from(state_.step);
  const auto start = std::chrono::steady_clock::now();
  const double earlier = curve_.empty() ? 0 : curve_.back().seconds;
  double sum = 0;
  std::int64_t summed = 0;
  for (std::int64_t step = state_.step; step < plan_.steps; ++step) {
    at::Generator generator = at::detail::createCPUGenerator(plan_.seed * 1000003 + static_cast<std::uint64_t>(step));
    clear_gradients(weights);
    const at::Tensor value = loss(step, generator);
    value.backward();
    const double norm = norm_of_gradients(weights), now = value.item<double>();
    if (!std::isfinite(norm) || !std::isfinite(now))
      throw Error(plan_.name + ": step " + std::to_string(step) +
                  " has no finite loss; begin anew with a lower learning rate");
    if (norm > plan_.clip) scale_gradients(weights, plan_.clip / norm);
    optimizer.step(plan_.learning_rate *
                   learning_rate_factor(LearningRateSchedule::kCosine, step, plan_.warmup, plan_.steps));
    ema.update();
    sum += now, ++summed;
    const std::int64_t done = step + 1;
    if (done % 20 == 0) {
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
      curve_.push_back({double(done), sum / double(summed), earlier + taken.count()});
      progress.update(done, shown(sum / double(summed)));
      sum = 0, summed = 0;
    }
    if (interrupted() || done % plan_.save_every == 0 || done == plan_.steps) save(done, optimizer.state(), ema);
    throw_if_interrupted();
  }
  write_result(plan_.folder / (plan_.name + ".safetensors"), ema.averages());
}

void TrainingRun::check_beginning() const {
  if (plan_.from.empty() || state_.step > 0) return;
  const auto is_given = [&](const auto& weight) { return state_.tensors.count("weight." + weight.first) > 0; };
  if (std::none_of(trained_.all.begin(), trained_.all.end(), is_given))
    throw Error(plan_.from.string() + ": holds no weight of " + plan_.name + "; name the file of that network");
}

void TrainingRun::save(std::int64_t step, const TensorState& optimizer, const Ema& ema) const {
  TrainingState state;
  state.step = step;
  state.settings["seed"] = std::to_string(plan_.seed);
  for (const auto& [name, tensor] : trained_.all) state.tensors["weight." + name] = tensor.detach();
  for (const auto& [name, tensor] : buffers_) state.tensors["buffer." + name] = tensor;
  add(state.tensors, "optimizer.", optimizer);
  add(state.tensors, "ema.", ema.state());
  at::Tensor curve = at::empty({static_cast<std::int64_t>(curve_.size()), 3}, at::kDouble);
  for (std::size_t i = 0; i < curve_.size(); ++i) {
    double* row = curve[static_cast<std::int64_t>(i)].data_ptr<double>();
    row[0] = curve_[i].step, row[1] = curve_[i].loss, row[2] = curve_[i].seconds;
  }
  state.tensors["curve"] = curve;
  const CheckpointFolder folder(plan_.folder / plan_.name);
  folder.save(state, [&](const fs::path& place) { write_result(place / "model.safetensors", ema.averages()); });
  folder.prune(1);
  write_curve();
}

void TrainingRun::write_result(const fs::path& file, std::map<std::string, at::Tensor> averages) const {
  for (const auto& [name, tensor] : buffers_) averages[name] = tensor;
  write_weights(file, averages);
}

void TrainingRun::write_curve() const {
  std::ostringstream csv;
  csv << "step,loss,seconds\n";
  for (const Row& row : curve_) csv << row.step << ',' << row.loss << ',' << row.seconds << '\n';
  write_file(plan_.folder / (plan_.name + "_loss.csv"), csv.str());
}

}  // namespace miafr::demo
