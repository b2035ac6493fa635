// A network's training from its first step to its last, over as many sittings as it takes.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/nn/parameters.h"
#include "core/train/ema.h"
#include "core/train/training_state.h"
#include "demo/pretrain/random_parameters.h"

namespace miafr::demo {

struct TrainingPlan {
  std::string name;              // of its place: FOLDER/NAME/step-…, FOLDER/NAME.safetensors, FOLDER/NAME_loss.csv
  std::filesystem::path folder;  // made where there is none
  std::int64_t steps = 1000;
  double learning_rate = 1e-3;  // rises over `warmup` steps, then falls along half a cosine
  std::int64_t warmup = 100;
  double weight_decay = 0.01;
  double ema = 0.999;  // decay of the averaged weights, which are the result
  double clip = 1;     // largest norm of the gradient
  std::uint64_t seed = 0;
  std::int64_t save_every = 200;
  // Begins with these weights and buffers where there is no state yet: what has been shipped can be trained on.
  std::filesystem::path from;
};

class TrainingRun {
 public:
  // loss(step, generator): a scalar whose gradient reaches the weights. What is random in it comes from `generator`,
  // which begins anew at every step: a run that was stopped goes on as if it had not been.
  using Loss = std::function<at::Tensor(std::int64_t step, at::Generator& generator)>;

  // Where the folder has a state, the run goes on from it.
  explicit TrainingRun(TrainingPlan plan);

  // Answered from the state, or else drawn: trained.
  Parameters& trained() { return trained_; }
  // The same, but not trained by gradients: running statistics. `start` is what it begins with.
  at::Tensor buffer(const std::string& name, at::Tensor start);

  // There is neither a state nor a file to begin with.
  bool is_new() const { return state_.tensors.empty(); }

  // To the plan's last step, then writes the averaged weights, and the buffers, as FOLDER/NAME.safetensors. Progress
  // goes to standard error. After Ctrl-C the step is finished, the state saved, and Cancelled thrown. Throws Error.
  void train(const Loss& loss);

 private:
  class Leaves final : public Parameters {
   public:
    Leaves(std::uint64_t seed, std::map<std::string, at::Tensor> given) : source_(seed, std::move(given)) {}
    at::Tensor get(const std::string& name, at::IntArrayRef shape) override {
      all.emplace_back(name, source_.get(name, shape).requires_grad_());
      return all.back().second;
    }
    NamedTensors all;

   private:
    RandomParameters source_;
  };
  struct Row {
    double step, loss, seconds;
  };

  void check_beginning() const;
  void save(std::int64_t step, const TensorState& optimizer, const Ema& ema) const;
  void write_result(const std::filesystem::path& file, std::map<std::string, at::Tensor> averages) const;
  void write_curve() const;

  TrainingPlan plan_;
  TrainingState state_;  // as it was found
  Leaves trained_;
  NamedTensors buffers_;
  std::vector<Row> curve_;
};

}  // namespace miafr::demo
