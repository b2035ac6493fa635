// miafr train from the command line, with a tiny model: run folder, checkpoints, resuming, and what goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <nlohmann/json.hpp>
#include <opencv2/imgcodecs.hpp>
#include <sstream>
#include <thread>

#include "tests/support/process.h"
#include "tests/support/safetensors.h"
#include "tests/support/tiny_sd.h"

namespace {

using miafr_tests::data_file;
using miafr_tests::miafr;
using miafr_tests::ProcessResult;
using miafr_tests::read_safetensors;
using miafr_tests::read_text;
using miafr_tests::temporary_folder;
using testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path& checkpoint() {
  static const auto& file = *new fs::path(temporary_folder() / "tiny-sd-fp16.safetensors");
  if (!fs::exists(file)) miafr_tests::write_half_safetensors(file, miafr_tests::tiny_sd_tensors());
  return file;
}

// Pictures of coloured noise.
fs::path photos(const std::vector<std::string>& names, unsigned seed) {
  const fs::path folder = temporary_folder();
  cv::RNG random(seed);
  for (const std::string& name : names) {
    cv::Mat picture(80, 80, CV_8UC3);
    random.fill(picture, cv::RNG::UNIFORM, 0, 256);
    cv::imwrite((folder / name).string(), picture);
  }
  return folder;
}

const fs::path& subject() {
  static const auto& folder = *new fs::path(photos({"a.png", "b.png", "c.png"}, 1));
  return folder;
}
const fs::path& others() {
  static const auto& folder = *new fs::path(photos({"child_1.png", "elderly_2.png"}, 2));
  return folder;
}

fs::path config(const std::string& losses = "[]") {
  const fs::path file = temporary_folder() / "tiny.yaml";
  std::ofstream(file) << "model: {unet_num_heads: 4, text_encoder_heads: 4}\n"
                      << "data: {size: 64}\n"
                      << "train: {steps: 4, learning_rate: 1.0e-4, checkpoint_every: 0, preview_every: 0, "
                         "gradient_norms_every: 2}\n"
                      << "losses: " << losses << "\n";
  return file;
}

std::vector<std::string> command(const fs::path& logs, const fs::path& file, std::vector<std::string> more = {}) {
  std::vector<std::string> all = {"train",
                                  "--base",
                                  file.string(),
                                  "--actual_resume",
                                  checkpoint().string(),
                                  "--data_root",
                                  subject().string(),
                                  "--reg_data_root",
                                  others().string(),
                                  "-l",
                                  logs.string(),
                                  "-n",
                                  "job"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

// The only run folder below `logs`.
fs::path run_of(const fs::path& logs) {
  fs::path found;
  for (const auto& entry : fs::directory_iterator(logs)) found = entry.path();
  return found;
}

// Columns of metrics.csv by name, as texts.
std::map<std::string, std::vector<std::string>> metrics(const fs::path& run) {
  std::istringstream in(read_text(run / "metrics.csv"));
  std::vector<std::string> names;
  std::map<std::string, std::vector<std::string>> columns;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> fields;
    std::istringstream row(line);
    for (std::string field; std::getline(row, field, ',');) fields.push_back(field);
    if (names.empty()) {
      names = fields;
      continue;
    }
    fields.resize(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) columns[names[i]].push_back(fields[i]);
  }
  return columns;
}

std::map<std::string, at::Tensor> state_of(const fs::path& run, const std::string& step) {
  return read_safetensors(run / "checkpoints" / ("step-" + step) / "state.safetensors");
}

void expect_same(const std::map<std::string, at::Tensor>& a, const std::map<std::string, at::Tensor>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) EXPECT_TRUE(tensor.equal(b.at(name))) << name;
}

TEST(Train, WritesWhatItDidIntoItsFolder) {
  const fs::path logs = temporary_folder();
  const ProcessResult result = miafr(command(logs, config("[{name: cosine}]")));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const fs::path run = run_of(logs);
  EXPECT_EQ(result.out, run.string() + "\n");
  EXPECT_THAT(run.filename().string(), testing::EndsWith("_job"));
  EXPECT_THAT(result.err, HasSubstr("memory: weights"));
  EXPECT_THAT(read_text(run / "config.yaml"), HasSubstr("learning_rate"));
  EXPECT_THAT(read_text(run / "run.json"), HasSubstr("A photo of a elderly"));
  const auto columns = metrics(run);
  EXPECT_EQ(columns.at("step"), (std::vector<std::string>{"0", "1", "2", "3"}));
  for (const char* name : {"loss", "mse_train", "mse_reg", "cosine_train", "cosine_reg", "grad_norm"})
    for (const std::string& value : columns.at(name)) EXPECT_GT(std::stod(value), 0) << name;
  EXPECT_GT(std::stod(columns.at("cosine_grad_norm")[0]), 0);
  EXPECT_EQ(columns.at("cosine_grad_norm")[1], "");  // measured every other step
  // The published weights and reg_weight make up the sum.
  const auto at0 = [&](const char* name) { return std::stod(columns.at(name)[0]); };
  EXPECT_NEAR(at0("loss"), at0("mse_train") + at0("mse_reg") + 0.1 * (at0("cosine_train") + at0("cosine_reg")), 1e-5);
}

TEST(Train, TheModelIsACheckpointThatGenerateTakes) {
  const fs::path logs = temporary_folder();
  ASSERT_EQ(miafr(command(logs, config(), {"train.steps=1"})).exit_code, 0);
  const fs::path model = run_of(logs) / "checkpoints" / "last.safetensors";
  const auto trained = read_safetensors(model);
  const auto base = miafr_tests::tiny_sd_tensors();
  ASSERT_EQ(trained.size(), base.size());
  const auto changed = [&](const char* name) { return !trained.at(name).equal(base.at(name).to(at::kFloat)); };
  EXPECT_TRUE(changed("model.diffusion_model.out.2.weight"));
  EXPECT_TRUE(changed("cond_stage_model.transformer.text_model.final_layer_norm.weight"));
  EXPECT_FALSE(changed("first_stage_model.encoder.conv_in.weight"));
  const ProcessResult painted =
      miafr({"generate", "--ckpt", model.string(), "--config", config().string(), "--prompt", "photo of a sks person",
             "--H", "64", "--W", "64", "--steps", "2", "--outdir", temporary_folder().string()});
  EXPECT_EQ(painted.exit_code, 0) << painted.err;
}

TEST(Train, LoraIsAFileThatGenerateTakes) {
  for (const std::string names : {"kohya", "diffusers"}) {
    const fs::path logs = temporary_folder();
    const ProcessResult result = miafr(command(
        logs, config(), {"train.method=lora", "train.lora_rank=4", "train.lora_names=" + names, "train.steps=2"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const fs::path lora = run_of(logs) / "checkpoints" / "last.safetensors";
    const ProcessResult painted = miafr({"generate", "--ckpt", checkpoint().string(), "--lora", lora.string(),
                                         "--config", config().string(), "--prompt", "photo of a sks person", "--H",
                                         "64", "--W", "64", "--steps", "2", "--outdir", temporary_folder().string()});
    EXPECT_EQ(painted.exit_code, 0) << names << ": " << painted.err;
  }
}

// N + M steps are N steps, a stop, and M steps: bit for bit, the contrastive loss's queue included.
TEST(Train, GoesOnExactlyWhereItStopped) {
  const fs::path file = config("[{name: contrastive, params: {queue: 2}}]");
  const fs::path whole = temporary_folder(), parts = temporary_folder();
  ASSERT_EQ(miafr(command(whole, file)).exit_code, 0);
  ASSERT_EQ(miafr(command(parts, file, {"train.steps=2"})).exit_code, 0);
  const fs::path run = run_of(parts);
  const ProcessResult resumed = miafr({"train", "-r", run.string(), "train.steps=4"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  expect_same(state_of(run_of(whole), "00000004"), state_of(run, "00000004"));
  EXPECT_EQ(metrics(run).at("loss"), metrics(run_of(whole)).at("loss"));
}

TEST(Train, GoesOnExactlyWithLoraAndEightBitStates) {
  const fs::path whole = temporary_folder(), parts = temporary_folder();
  const std::vector<std::string> lora = {"train.method=lora", "train.optimizer=adamw8bit", "train.lora_rank=64"};
  auto first = lora;
  first.push_back("train.steps=2");
  ASSERT_EQ(miafr(command(whole, config(), lora)).exit_code, 0);
  ASSERT_EQ(miafr(command(parts, config(), first)).exit_code, 0);
  ASSERT_EQ(miafr({"train", "-r", run_of(parts).string(), "train.steps=4"}).exit_code, 0);
  expect_same(state_of(run_of(whole), "00000004"), state_of(run_of(parts), "00000004"));
}

TEST(Train, GoesOnExactlyWithAMovingAverageWhichIsWhatIsSaved) {
  const fs::path whole = temporary_folder(), parts = temporary_folder();
  ASSERT_EQ(miafr(command(whole, config(), {"train.use_ema=true"})).exit_code, 0);
  ASSERT_EQ(miafr(command(parts, config(), {"train.use_ema=true", "train.steps=2"})).exit_code, 0);
  const ProcessResult resumed = miafr({"train", "-r", run_of(parts).string(), "train.steps=4"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  const auto state = state_of(run_of(whole), "00000004");
  expect_same(state, state_of(run_of(parts), "00000004"));
  const auto model = read_safetensors(run_of(whole) / "checkpoints" / "last.safetensors");
  const std::string name = "model.diffusion_model.out.2.weight";
  EXPECT_TRUE(model.at(name).equal(state.at("ema.average." + name)));
  EXPECT_FALSE(model.at(name).equal(state.at("weight." + name)));
}

// The face of the portrait, through decoder, warp and the real matcher, has a say in the U-Net's gradient; the noise of
// the other set has no face, which is counted.
TEST(Train, TheBiometricLossReachesTheUNet) {
  const fs::path logs = temporary_folder(), portrait = temporary_folder();
  fs::copy_file(data_file("models/astronaut.png"), portrait / "astronaut.png");
  auto arguments =
      command(logs, config("[{name: biometric, params: {time_weight: none}}]"),
              {"data.size=128", "data.flip_probability=0", "train.steps=2", "train.gradient_norms_every=1"});
  *(std::find(arguments.begin(), arguments.end(), "--data_root") + 1) = portrait.string();
  const ProcessResult trained = miafr(arguments);
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const auto columns = metrics(run_of(logs));
  for (const std::string& norm : columns.at("biometric_grad_norm")) EXPECT_GT(std::stod(norm), 0);
  EXPECT_GT(std::stod(columns.at("biometric_train")[0]), 0.01);
  EXPECT_EQ(columns.at("biometric_reg"), (std::vector<std::string>{"0", "0"}));
  EXPECT_EQ(columns.at("biometric.faces_missing"), (std::vector<std::string>{"1", "2"}));
}

TEST(Train, PaintsPreviewsAndSaysWhoseTheyAre) {
  const fs::path logs = temporary_folder(), portrait = temporary_folder();
  fs::copy_file(data_file("models/astronaut.png"), portrait / "astronaut.png");
  auto arguments =
      command(logs, config(),
              {"data.size=128", "train.steps=2", "train.preview_every=1", "train.max_previews=2", "sampler.steps=2"});
  *(std::find(arguments.begin(), arguments.end(), "--data_root") + 1) = portrait.string();
  const ProcessResult result = miafr(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const fs::path run = run_of(logs);
  EXPECT_TRUE(fs::exists(run / "previews" / "step-00000001.png"));
  EXPECT_TRUE(fs::exists(run / "previews" / "step-00000002.png"));
  const auto identity = metrics(run).at("identity");
  ASSERT_EQ(identity.size(), 2u);
  const double first = std::stod(identity[0]), second = std::stod(identity[1]);
  EXPECT_LE(std::max(std::abs(first), std::abs(second)), 1);
  const std::string best = second > first ? "step-00000002" : "step-00000001";
  EXPECT_TRUE(
      fs::equivalent(run / "checkpoints" / "best.safetensors", run / "checkpoints" / best / "model.safetensors"));
  const auto kept = nlohmann::json::parse(read_text(run / "checkpoints" / "best.json"));
  EXPECT_NEAR(kept.at("identity").get<double>(), std::max(first, second), 1e-6);
  bool events = false;
  for (const auto& entry : fs::directory_iterator(run))
    events |= entry.path().filename().string().rfind("events.out.tfevents.", 0) == 0;
  EXPECT_TRUE(events);
}

TEST(Train, HalfPrecisionComesCloseToFloat32) {
  const fs::path whole = temporary_folder(), half = temporary_folder();
  ASSERT_EQ(miafr(command(whole, config(), {"train.steps=1"})).exit_code, 0);
  const ProcessResult result = miafr(command(half, config(), {"train.steps=1", "train.precision=bfloat16"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const double a = std::stod(metrics(run_of(whole)).at("loss")[0]), b = std::stod(metrics(run_of(half)).at("loss")[0]);
  EXPECT_NE(a, b);
  EXPECT_NEAR(a, b, 0.02 * a);
}

TEST(Train, AnUnfinishedCheckpointIsNotTaken) {
  const fs::path logs = temporary_folder();
  ASSERT_EQ(miafr(command(logs, config(), {"train.steps=2", "train.checkpoint_every=1"})).exit_code, 0);
  const fs::path run = run_of(logs), checkpoints = run / "checkpoints";
  fs::create_directory(checkpoints / ".unfinished-step-00000009");
  std::ofstream(checkpoints / ".unfinished-step-00000009" / "state.safetensors") << "half";
  fs::create_directory(checkpoints / "step-00000009");  // an empty folder is no checkpoint either
  const ProcessResult resumed = miafr({"train", "-r", run.string(), "train.steps=3"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("going on from step 2"));
  EXPECT_FALSE(fs::exists(checkpoints / ".unfinished-step-00000009"));
}

pid_t start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), (miafr_tests::prefix() / "bin" / "miafr").string());
  const pid_t child = ::fork();
  if (child != 0) return child;
  std::vector<char*> argv;
  for (std::string& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

// Until metrics.csv has so many rows.
void wait_for_steps(const fs::path& logs, std::size_t steps) {
  for (int i = 0; i < 1200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (fs::is_empty(logs) || !fs::exists(run_of(logs) / "metrics.csv")) continue;
    const auto columns = metrics(run_of(logs));
    if (columns.count("step") && columns.at("step").size() >= steps) return;
  }
  FAIL() << "no steps in a minute";
}

TEST(Train, CtrlCSavesAndTheRestComesOutTheSame) {
  const fs::path whole = temporary_folder(), parts = temporary_folder();
  const pid_t child = start(command(parts, config(), {"train.steps=2000"}));
  wait_for_steps(parts, 2);
  ::kill(child, SIGINT);
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 130);
  const std::size_t done = metrics(run_of(parts)).at("step").size();
  const std::string total = "train.steps=" + std::to_string(done + 2);
  ASSERT_EQ(miafr({"train", "-r", run_of(parts).string(), total}).exit_code, 0);
  ASSERT_EQ(miafr(command(whole, config(), {total})).exit_code, 0);
  EXPECT_EQ(metrics(run_of(whole)).at("loss"), metrics(run_of(parts)).at("loss"));
}

TEST(Train, AKilledRunGoesOnFromItsNewestCheckpoint) {
  const fs::path whole = temporary_folder(), parts = temporary_folder();
  const pid_t child = start(command(parts, config(), {"train.steps=2000", "train.checkpoint_every=2"}));
  wait_for_steps(parts, 5);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const std::string total = "train.steps=" + std::to_string(metrics(run_of(parts)).at("step").size() + 2);
  const ProcessResult resumed = miafr({"train", "-r", run_of(parts).string(), total, "train.checkpoint_every=0"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  ASSERT_EQ(miafr(command(whole, config(), {total})).exit_code, 0);
  EXPECT_EQ(metrics(run_of(whole)).at("loss"), metrics(run_of(parts)).at("loss"));
}

TEST(Train, TwoRunsInOneFolderAreRefused) {
  const fs::path logs = temporary_folder();
  const pid_t child = start(command(logs, config(), {"train.steps=2000", "train.checkpoint_every=1"}));
  wait_for_steps(logs, 2);
  const ProcessResult second = miafr({"train", "-r", run_of(logs).string()});
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(second.exit_code, 1);
  EXPECT_THAT(second.err, HasSubstr("another run is using it"));
}

TEST(Train, AFullDiskCostsACheckpointAndNotTheRun) {
  const fs::path logs = temporary_folder();
  if (::mount("tmpfs", logs.c_str(), "tmpfs", 0, "size=120m") != 0) GTEST_SKIP() << "mounting needs root";
  // A checkpoint of the tiny model takes about 200 MB: none fits, and the run goes on until it must save.
  const ProcessResult result = miafr(command(logs, config(), {"train.checkpoint_every=1", "train.steps=3"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("training goes on"));
  EXPECT_THAT(result.err, HasSubstr("No space left"));
  EXPECT_EQ(metrics(run_of(logs)).at("step").size(), 3u);
  ::umount(logs.c_str());
}

TEST(Train, AnInfiniteLossIsLeftOutAndEndsTheRunWhenItStays) {
  const fs::path logs = temporary_folder();
  const ProcessResult result =
      miafr(command(logs, config(),
                    {"train.learning_rate=1", "train.weight_decay=1", "train.steps=300", "train.adam_epsilon=1e-20"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("the loss is not finite; the step is left out"));
  EXPECT_THAT(result.err, HasSubstr("5 steps in a row without a finite loss"));
}

TEST(Train, DryRunChecksAndWritesNoCheckpoint) {
  const fs::path logs = temporary_folder();
  const ProcessResult result = miafr(command(logs, config(), {"--dry-run"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("in all about"));
  EXPECT_TRUE(fs::is_empty(logs));
}

TEST(Train, BadInputGetsOneLine) {
  const fs::path logs = temporary_folder();
  const auto fails = [&](std::vector<std::string> arguments, int code, const std::string& text) {
    const ProcessResult result = miafr(std::move(arguments));
    EXPECT_EQ(result.exit_code, code) << result.err;
    EXPECT_THAT(result.err, HasSubstr(text));
  };
  fails({"train"}, 2, "missing --base");
  fails({"train", "--base", config().string()}, 2, "missing --actual_resume");
  fails({"train", "-r", "/nowhere"}, 1, "no such folder");
  fails({"train", "--base", config().string(), "-n", "a/b"}, 2, "must be a name");
  fails(command(logs, config("[{name: nothing}]")), 1, "nothing");
  fails(command(logs, config("[{name: contrastive}]")), 1, "queue");  // batch of 1 without negatives
  fails(command(logs, config(), {"train.stepz=3"}), 1, "stepz");
  fails(command(logs, config(), {"train.preview_every=1", "sampler.name=dimm", "--dry-run"}), 1, "sampler.name");
}

// The moments are the gradients where beta1 is 0, and with a learning rate of 0 two steps are of the same weights.
TEST(Train, AccumulatedGradientsAreTheMeanOfTheBatches) {
  const fs::path apart = temporary_folder(), together = temporary_folder();
  const std::vector<std::string> still = {"train.method=lora", "train.adam_beta1=0", "train.learning_rate=0",
                                          "train.checkpoint_every=1"};
  auto two = still, one = still;
  two.push_back("train.steps=2");
  one.insert(one.end(), {"train.steps=1", "train.accumulation=2"});
  ASSERT_EQ(miafr(command(apart, config(), two)).exit_code, 0);
  ASSERT_EQ(miafr(command(together, config(), one)).exit_code, 0);
  const auto first = state_of(run_of(apart), "00000001"), second = state_of(run_of(apart), "00000002");
  double worst = 0, largest = 0;
  for (const auto& [name, tensor] : state_of(run_of(together), "00000001")) {
    if (name.rfind("optimizer.exp_avg.", 0) != 0) continue;
    worst = std::max(worst, (tensor - (first.at(name) + second.at(name)) / 2).abs().max().item<double>());
    largest = std::max(largest, tensor.abs().max().item<double>());
  }
  EXPECT_GT(largest, 0);
  EXPECT_LT(worst, 1e-5 * largest);
  const auto losses = metrics(run_of(apart)).at("loss");
  EXPECT_NEAR(std::stod(metrics(run_of(together)).at("loss")[0]), (std::stod(losses[0]) + std::stod(losses[1])) / 2,
              1e-5);
}

TEST(Train, ALongGradientIsShortened) {
  const fs::path logs = temporary_folder();
  const ProcessResult result = miafr(command(
      logs, config(), {"train.method=lora", "train.adam_beta1=0", "train.steps=1", "train.max_grad_norm=1e-6"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  double squares = 0;
  for (const auto& [name, tensor] : state_of(run_of(logs), "00000001"))
    if (name.rfind("optimizer.exp_avg.", 0) == 0) squares += tensor.to(at::kDouble).square().sum().item<double>();
  EXPECT_NEAR(std::sqrt(squares), 1e-6, 1e-9);
  EXPECT_GT(std::stod(metrics(run_of(logs)).at("grad_norm")[0]), 1e-5);  // as it was
}

TEST(Train, AFullModelCanBeAPickleAndTheFormatCanChange) {
  const fs::path logs = temporary_folder();
  ASSERT_EQ(miafr(command(logs, config(), {"train.steps=1", "train.save_format=ckpt"})).exit_code, 0);
  const fs::path checkpoints = run_of(logs) / "checkpoints";
  const ProcessResult inspected = miafr({"inspect", (checkpoints / "last.ckpt").string()});
  EXPECT_EQ(inspected.exit_code, 0) << inspected.err;
  const ProcessResult resumed =
      miafr({"train", "-r", run_of(logs).string(), "train.steps=2", "train.save_format=safetensors"});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_TRUE(fs::exists(checkpoints / "last.safetensors"));
  EXPECT_FALSE(fs::exists(checkpoints / "last.ckpt"));
}

TEST(Train, WhatWillNotFitIsRefused) {
  const fs::path logs = temporary_folder();
  const ProcessResult result = miafr(command(logs, config(), {"data.batch_size=65536"}));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("more of memory are needed"));
  EXPECT_THAT(result.err, HasSubstr("train.method=lora"));
  EXPECT_TRUE(fs::is_empty(logs));
}

TEST(Train, ALossThatFailsOnceCostsAStep) {
  const fs::path logs = temporary_folder(), plugins = temporary_folder();
  miafr_tests::copy_writable(data_file("tests/bad_plugins/libnan_at_step_one.so"), plugins / "libnan_at_step_one.so");
  auto arguments = command(logs, config("[{name: nan_at_step_one}]"), {"train.method=lora"});
  arguments.insert(arguments.begin(), {"--plugin-dir", plugins.string()});
  const ProcessResult result = miafr(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("step 1: the loss is not finite; the step is left out"));
  const auto columns = metrics(run_of(logs));
  EXPECT_EQ(columns.at("skipped"), (std::vector<std::string>{"0", "1", "1", "1"}));
  EXPECT_EQ(columns.at("loss")[1], "nan");
  for (const int step : {0, 2, 3}) EXPECT_GT(std::stod(columns.at("loss")[step]), 0);
}

// Which paint so long that the run ends among them.
TEST(Train, TheCheckpointComesBeforeThePreviews) {
  const fs::path logs = temporary_folder();
  const pid_t child =
      start(command(logs, config(),
                    {"train.method=lora", "train.steps=3", "train.checkpoint_every=1", "train.preview_every=1",
                     "train.judge=''", "train.max_previews=1024", "sampler.steps=1000"}));
  wait_for_steps(logs, 1);
  const fs::path last = run_of(logs) / "checkpoints" / "last.safetensors";
  for (int i = 0; i < 400 && !fs::exists(last); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(fs::exists(last));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(fs::exists(run_of(logs) / "previews" / "step-00000001.png"));
  EXPECT_EQ(metrics(run_of(logs)).at("step"), (std::vector<std::string>{"0"}));
}

TEST(Train, PreviewsOfStepsThatAreDoneAgainArePaintedAgain) {
  const fs::path logs = temporary_folder();
  ASSERT_EQ(miafr(command(logs, config(),
                          {"train.method=lora", "train.steps=2", "train.checkpoint_every=1", "train.preview_every=2",
                           "train.judge=''", "train.max_previews=1", "sampler.steps=1"}))
                .exit_code,
            0);
  const fs::path run = run_of(logs), picture = run / "previews" / "step-00000002.png";
  const std::string painted = read_text(picture);
  fs::remove_all(run / "checkpoints" / "step-00000002");
  std::ofstream(picture) << "of the run before";
  const ProcessResult resumed = miafr({"train", "-r", run.string()});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, testing::Not(HasSubstr("File exists")));
  EXPECT_EQ(read_text(picture), painted);
}

// A decoder whose finite weights overflow spoils no training, and all previews.
TEST(Train, APreviewThatIsNotFiniteIsTold) {
  auto tensors = miafr_tests::tiny_sd_tensors();
  const std::string key = "first_stage_model.decoder.conv_out.weight";
  tensors[key] = tensors.at(key).to(at::kFloat).fill_(3e38);
  const fs::path file = temporary_folder() / "overflows.safetensors", logs = temporary_folder();
  miafr_tests::write_test_safetensors(file, tensors);
  std::vector<std::string> arguments = command(logs, config(),
                                               {"train.method=lora", "train.steps=1", "train.preview_every=1",
                                                "train.judge=''", "train.max_previews=1", "sampler.steps=1"});
  std::replace(arguments.begin(), arguments.end(), checkpoint().string(), file.string());
  const ProcessResult trained = miafr(arguments);
  EXPECT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr("step-00000001.png: the picture of 'photo of a"));
  EXPECT_THAT(trained.err, HasSubstr("is black: its pixels are not finite"));
}

TEST(Train, PaintsNoMorePreviewsThanItMay) {
  const auto painted = [](const std::string& most) {
    const fs::path logs = temporary_folder();
    EXPECT_EQ(miafr(command(logs, config(),
                            {"train.method=lora", "train.steps=1", "train.preview_every=1", "train.judge=''",
                             "train.max_previews=" + most, "sampler.steps=1"}))
                  .exit_code,
              0);
    return cv::imread((run_of(logs) / "previews" / "step-00000001.png").string());
  };
  EXPECT_EQ(painted("1").rows * 2, painted("2").rows);  // a row for each of two prompts
  EXPECT_TRUE(painted("0").empty());
}

// Two processes with a photo of each set are one with two: the mean of the gradients is the same.
TEST(Train, TwoRanksAreOneWithTheDoubledBatch) {
  const fs::path one = temporary_folder(), two = temporary_folder();
  ASSERT_EQ(miafr(command(one, config("[{name: cosine}]"), {"data.batch_size=2", "train.steps=2"})).exit_code, 0);
  // Previews are one process's work, for which the others would wait.
  const auto arguments =
      command(two, config("[{name: cosine}]"), {"data.batch_size=1", "train.steps=2", "train.preview_every=1"});
  std::vector<std::future<ProcessResult>> ranks;
  for (const char* rank : {"0", "1"})
    ranks.push_back(std::async(std::launch::async, [&arguments, rank] {
      return miafr(arguments, {{"RANK", rank},
                               {"WORLD_SIZE", "2"},
                               {"MASTER_ADDR", "127.0.0.1"},
                               {"MASTER_PORT", std::to_string(20000 + ::getpid() % 20000)}});
    }));
  const ProcessResult first = ranks[0].get(), second = ranks[1].get();
  ASSERT_EQ(first.exit_code, 0) << first.err;
  ASSERT_EQ(second.exit_code, 0) << second.err;
  EXPECT_EQ(first.out, run_of(two).string() + "\n");
  EXPECT_EQ(second.out, "");
  EXPECT_THAT(first.err, HasSubstr("no previews are painted"));
  EXPECT_EQ(std::distance(fs::directory_iterator(two), {}), 1);
  EXPECT_FALSE(fs::exists(run_of(two) / "previews"));
  const auto a = state_of(run_of(one), "00000002"), b = state_of(run_of(two), "00000002");
  ASSERT_EQ(a.size(), b.size());
  // Sums in another order; AdamW makes steps of full size of gradients that are nothing but such differences, so the
  // moments are compared, and not the weights.
  double worst = 0, largest = 0;
  for (const auto& [name, tensor] : a)
    if (name.rfind("optimizer.exp_avg.", 0) == 0) {
      worst = std::max(worst, (tensor - b.at(name)).abs().max().item<double>());
      largest = std::max(largest, tensor.abs().max().item<double>());
    }
  EXPECT_LT(worst, 1e-4 * largest);
}

// The published command line, word for word but for the program's name.
TEST(Train, TakesThePublishedCommandLine) {
  const fs::path logs = temporary_folder();
  const ProcessResult result =
      miafr(command(logs, config(), {"-t", "--gpus", "0,", "--class_word", "person", "--no-test", "--train.steps=1"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
}

}  // namespace
