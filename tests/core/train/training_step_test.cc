// Three DreamBooth steps against the reference implementation's: losses, gradient norms, and how far every trained
// tensor has moved.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <set>

#include "core/config/plugin_params.h"
#include "core/runtime/plugin_host.h"
#include "core/runtime/plugin_registry.h"
#include "core/text/prompt.h"
#include "core/train/adamw.h"
#include "core/train/gradients.h"
#include "core/train/hosted_losses.h"
#include "core/train/trained_networks.h"
#include "core/train/training_loss.h"
#include "tests/support/process.h"
#include "tests/support/safetensors.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

using Goldens = std::map<std::string, at::Tensor>;

constexpr double kLossTolerance = 1e-4, kMoveTolerance = 1e-3;  // relative

ModelConfig tiny_model() {
  ModelConfig config;
  config.unet_num_heads = config.text_encoder_heads = 4;
  return config;
}

struct Reference {
  std::string name;  // of the golden
  std::string loss;  // plugin, "" for none
  bool recompute = false;
};

class ReferenceSteps : public testing::TestWithParam<Reference> {
 protected:
  ReferenceSteps() {
    train_config_.gradient_checkpointing = GetParam().recompute;
    networks_ = std::make_unique<TrainedNetworks>(model_, train_config_);
    {
      const at::InferenceMode no_gradients;
      encoder_ = model_.load_encoder();
    }
    std::vector<LossConfig> losses;
    if (!GetParam().loss.empty()) losses.push_back({GetParam().loss, 0.1});
    losses_ = std::make_unique<HostedLosses>(losses, registry_, RunSettings{at::kCPU, 2, {}});
  }

  TrainingBatch batch(const Goldens& goldens, int step, BatchRole role) const {
    const std::string key = "step" + std::to_string(step) + (role == BatchRole::kTrain ? ".train." : ".reg.");
    TrainingBatch batch;
    batch.role = role;
    const at::Tensor moments = [&] {
      const at::InferenceMode no_gradients;
      return encoder_->forward(goldens.at(key + "pixels"));
    }();
    batch.latents = 0.18215 * sample_posterior(moments, goldens.at(key + "posterior_noise"));
    batch.noise = goldens.at(key + "noise");
    batch.timesteps = goldens.at(key + "t");
    const auto ids =
        encode_prompt(tokenizer_, role == BatchRole::kTrain ? "photo of a sks person" : "A photo of a elderly").ids;
    const at::Tensor row = at::tensor(std::vector<std::int64_t>(ids.begin(), ids.end()), at::kLong);
    batch.ids = row.unsqueeze(0).repeat({batch.noise.size(0), 1});
    return batch;
  }

  TrainConfig train_config_;
  StableDiffusion model_{miafr_tests::tiny_sd_checkpoint(), tiny_model(), {}};
  std::unique_ptr<TrainedNetworks> networks_;
  std::unique_ptr<AutoencoderEncoder> encoder_;
  PluginRegistry registry_{{miafr_tests::plugin_folder()}};
  std::unique_ptr<HostedLosses> losses_;
  const ClipTokenizer tokenizer_{miafr_tests::prefix() / "share" / "miafr" / "bpe_simple_vocab_16e6.txt.gz"};
  const NoiseSchedule schedule_;
};

void expect_near(double value, const at::Tensor& golden, double tolerance, const std::string& what) {
  const double expected = golden.item<double>();
  EXPECT_NEAR(value, expected, tolerance * std::abs(expected) + 1e-12) << what;
}

TEST_P(ReferenceSteps, AreMet) {
  const Goldens goldens = miafr_tests::read_golden("train_" + GetParam().name + ".safetensors");
  const TrainingLoss loss(networks_->unet(), &networks_->text_encoder(), schedule_, losses_->all(), {}, {});
  AdamW optimizer(networks_->trained(), AdamWSettings{});
  std::map<std::string, at::Tensor> before;
  for (const auto& [name, tensor] : networks_->trained()) before[name] = tensor.detach().clone();
  for (int step = 0; step < 3; ++step) {
    const std::vector<LossTerm> terms =
        loss({batch(goldens, step, BatchRole::kTrain), batch(goldens, step, BatchRole::kRegularization)}, step);
    const std::string here = "step" + std::to_string(step);
    for (const LossTerm& term : terms) {
      const std::string key = here + (term.role == BatchRole::kTrain ? ".train." : ".reg.") +
                              (term.name == "mse" ? "loss_simple" : "loss_extra");
      expect_near(term.value.item<double>() * (term.name == "mse" ? 1 : term.weight), goldens.at(key), kLossTolerance,
                  key);
    }
    const at::Tensor total = total_of(terms);
    expect_near(total.item<double>(), goldens.at(here + ".loss"), kLossTolerance, here);
    clear_gradients(networks_->trained());
    total.backward();
    expect_near(norm_of_gradients(networks_->trained()), goldens.at(here + ".grad_norm"), kMoveTolerance,
                here + " gradient");
    optimizer.step(1e-4);
  }
  const auto excluded = nlohmann::json::parse(
      miafr_tests::read_text(miafr_tests::data_file("tests/goldens/train_zero_gradient.json")))["names"];
  const std::set<std::string> zero_gradient(excluded.begin(), excluded.end());
  int compared = 0;
  for (const auto& [name, tensor] : networks_->trained()) {
    if (zero_gradient.count(name)) continue;
    expect_near((tensor.detach() - before[name]).norm().item<double>(), goldens.at("delta_norm." + name),
                kMoveTolerance, name);
    ++compared;
  }
  EXPECT_GT(compared, 600);
}

INSTANTIATE_TEST_SUITE_P(Goldens, ReferenceSteps,
                         testing::Values(Reference{"plain", ""}, Reference{"plain", "", true},
                                         Reference{"contrastive", "contrastive"}, Reference{"cosine", "cosine"}),
                         [](const auto& info) {
                           return info.param.name + (info.param.recompute ? "_recomputed" : "");
                         });

}  // namespace
}  // namespace miafr
