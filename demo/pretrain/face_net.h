// A small IResNet in training: the network of core/face/iresnet.h, whose normalisations still look at their batch.
#pragma once

#include <torch/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/face/iresnet.h"
#include "demo/pretrain/training_run.h"

namespace miafr::demo {

class TrainingIResNet {
 public:
  // The parameters are the run's, under the names that a checkpoint of the layout has.
  TrainingIResNet(const IResNetConfig& config, TrainingRun& run);

  // [N,3,input,input] in [-1,1] -> [N,embedding_size], not normalised. `training`: batch normalisation by the batch,
  // and its running statistics move; else by these.
  at::Tensor forward(const at::Tensor& faces, bool training) const;

 private:
  using Layer = std::function<at::Tensor(const at::Tensor& x, bool training)>;
  struct Unit {
    std::vector<Layer> main;
    Layer shortcut;  // none: every `stride`-th pixel
    std::int64_t stride;
  };

  Layer batch_norm(const std::string& name, std::int64_t channels, bool affine = true);
  Layer convolution(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t kernel,
                    std::int64_t stride);
  Layer prelu(const std::string& name, std::int64_t channels);
  Unit unit(const IResNetConfig& config, const std::string& place, std::int64_t in, std::int64_t out,
            std::int64_t stride);

  TrainingRun& run_;
  std::vector<Layer> stem_, head_;
  std::vector<Unit> units_;
};

}  // namespace miafr::demo
