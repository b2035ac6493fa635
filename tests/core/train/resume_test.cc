// A run that was stopped and resumed is the run that never stopped, to the bit: with one thread and with several, for
// every batch, method and loss.
#include <ATen/Parallel.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <sstream>

#include "core/runtime/plugin_registry.h"
#include "core/train/train.h"
#include "tests/support/process.h"
#include "tests/support/safetensors.h"
#include "tests/support/tiny_sd.h"

namespace miafr {
namespace {

using miafr_tests::temporary_folder;
namespace fs = std::filesystem;

constexpr std::int64_t kSteps = 2, kStop = 1;

// The portrait's face in pictures of that size, each cut out a little differently.
fs::path portraits(const std::vector<cv::Size>& sizes) {
  const cv::Mat portrait = cv::imread(miafr_tests::data_file("models/astronaut.png").string());
  const fs::path folder = temporary_folder();
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const int offset = 3 * static_cast<int>(i), width = 96 * sizes[i].width / sizes[i].height;
    cv::Mat face;
    cv::resize(portrait(cv::Rect(224 - width / 2 + offset, 68 + offset, width, 96)), face, sizes[i]);
    cv::imwrite((folder / ("child_" + std::to_string(i) + ".png")).string(), face);
  }
  return folder;
}

TrainOptions tiny_run(std::int64_t size, std::int64_t batch) {
  TrainOptions options;
  options.config.model.unet_num_heads = options.config.model.text_encoder_heads = 4;
  options.config.data.size = size;
  options.config.data.batch_size = batch;
  options.config.data.flip_probability = 0;
  TrainConfig& train = options.config.train;
  train.steps = kSteps;
  train.learning_rate = 1e-4;
  train.gradient_checkpointing = false;
  train.checkpoint_every = train.preview_every = train.gradient_norms_every = 0;
  options.checkpoint = miafr_tests::tiny_sd_checkpoint();
  options.vocabulary = miafr_tests::prefix() / "share" / "miafr" / "bpe_simple_vocab_16e6.txt.gz";
  const fs::path models = miafr_tests::prefix() / "share" / "miafr" / "models";
  options.run = {at::kCPU, batch, {models.string()}};
  return options;
}

// What the run keeps after its last step.
std::map<std::string, at::Tensor> state_of(const fs::path& run) {
  return miafr_tests::read_safetensors(run / "checkpoints" / "step-00000002" / "state.safetensors");
}

void run(TrainOptions options, const fs::path& folder, std::int64_t steps, bool resume) {
  PluginRegistry registry({miafr_tests::plugin_folder()});
  options.run_folder = folder;
  options.config.train.steps = steps;
  options.resume = resume;
  train(options, registry, [](const StepReport& report) { EXPECT_FALSE(report.skipped) << report.step; });
}

// Returns the folder of the run that never stopped.
fs::path expect_the_same_after_a_stop(const TrainOptions& options) {
  const fs::path whole = temporary_folder(), parts = temporary_folder();
  run(options, whole, kSteps, /*resume=*/false);
  run(options, parts, kStop, /*resume=*/false);
  run(options, parts, kSteps, /*resume=*/true);
  const auto a = state_of(whole), b = state_of(parts);
  EXPECT_EQ(a.size(), b.size());
  std::size_t differ = 0;
  std::string first;
  for (const auto& [name, tensor] : a)
    if (!b.count(name) || !tensor.equal(b.at(name))) first = differ++ == 0 ? name : first;
  EXPECT_EQ(differ, 0u) << "of " << a.size() << " tensors; the first is " << first;
  return whole;
}

// The last row of metrics.csv, by column.
std::map<std::string, std::string> last_metrics(const fs::path& run) {
  std::istringstream file(miafr_tests::read_text(run / "metrics.csv"));
  std::string header, row;
  std::getline(file, header);
  for (std::string next; std::getline(file, next);) row = next;
  std::istringstream names(header), fields(row);
  std::map<std::string, std::string> values;
  for (std::string name, field; std::getline(names, name, ',') && std::getline(fields, field, ',');)
    values[name] = field;
  return values;
}

struct Case {
  int threads;
  std::int64_t batch;
  std::string method;
};

class ResumedTraining : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { at::set_num_threads(GetParam().threads); }
  void TearDown() override { at::set_num_threads(threads_); }

 private:
  const int threads_ = at::get_num_threads();
};

// Four photos of the subject and three others: of the second step's batches some hold photos that the first step has
// met beside photos that it has not.
TEST_P(ResumedTraining, IsTheSameToTheBitWithEveryLoss) {
  TrainOptions options = tiny_run(64, GetParam().batch);
  options.config.train.method = GetParam().method;
  options.config.losses = {
      {"contrastive", 0.1, {{"queue", "2"}}}, {"cosine", 0.1}, {"biometric", 0.1, {{"time_weight", "none"}}}};
  options.folders.train = portraits(std::vector<cv::Size>(4, {64, 64}));
  options.folders.reg = portraits(std::vector<cv::Size>(3, {64, 64}));
  const auto metrics = last_metrics(expect_the_same_after_a_stop(options));
  for (const char* term : {"contrastive_train", "cosine_train", "biometric_train", "biometric_reg"})
    EXPECT_GT(std::stod(metrics.at(term)), 0) << term << " has no say in this run";
}

INSTANTIATE_TEST_SUITE_P(Threads, ResumedTraining,
                         testing::Values(Case{1, 1, "lora"}, Case{1, 2, "lora"}, Case{1, 3, "full"}, Case{2, 1, "lora"},
                                         Case{2, 2, "full"}, Case{2, 3, "lora"}, Case{3, 1, "full"}, Case{3, 2, "lora"},
                                         Case{3, 3, "lora"}),
                         [](const auto& info) {
                           return info.param.method + "_batch_" + std::to_string(info.param.batch) + "_threads_" +
                                  std::to_string(info.param.threads);
                         });

// With buckets the photo that the encoder sees first has another size after the stop than it had before.
TEST(ResumedTraining, IsTheSameToTheBitWithPhotosOfSeveralSizes) {
  TrainOptions options = tiny_run(256, 1);
  options.config.data.buckets = true;
  options.config.train.method = "lora";
  options.folders.train = portraits({{256, 256}, {192, 320}});
  expect_the_same_after_a_stop(options);
}

}  // namespace
}  // namespace miafr
