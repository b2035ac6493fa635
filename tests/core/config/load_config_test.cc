// Configs in our own layout.
#include "core/config/load_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/core/config/config_test_support.h"
#include "tests/support/files.h"

namespace miafr {
namespace {

using miafr_tests::load;
using miafr_tests::load_error;

TEST(LoadConfig, EverythingHasADefault) {
  const LoadedConfig loaded = load("train:\n");
  EXPECT_EQ(loaded.layout, "miafr");
  EXPECT_TRUE(loaded.notices.empty());
  EXPECT_TRUE(loaded.ignored.empty());
  const RunConfig& config = loaded.config;
  EXPECT_EQ(config.model.unet_num_heads, 8);
  EXPECT_EQ(config.model.scale_factor, 0.18215);
  EXPECT_EQ(config.model.prediction, "epsilon");
  EXPECT_EQ(config.data.batch_size, 1);
  EXPECT_EQ(config.train.steps, 800);
  EXPECT_EQ(config.train.learning_rate, 1e-6);
  EXPECT_EQ(config.train.seed, 23);
  EXPECT_TRUE(config.train.train_text_encoder);
  EXPECT_TRUE(config.losses.empty());
  EXPECT_EQ(config.sampler.name, "ddim");
  EXPECT_EQ(config.sampler.steps, 50);
}

TEST(LoadConfig, ReadsEverySection) {
  const RunConfig config = load(
                               "model: {unet_num_heads: 4, prediction: v, linear_end: 1.3e-2}\n"
                               "data:\n"
                               "  size: 64\n"
                               "  center_crop: Yes\n"
                               "train:\n"
                               "  steps: 1e3\n"
                               "  use_ema: True\n"
                               "  learning_rate: 5\n"
                               "losses:\n"
                               "  - name: biometric\n"
                               "    weight: 2\n"
                               "    params:\n"
                               "      matcher: dlib_resnet\n"
                               "      margin: 0.2\n"
                               "  - name: cosine\n"
                               "sampler: {name: plms, steps: 20}\n",
                               {"train.learning_rate=0.5"})
                               .config;
  EXPECT_EQ(config.model.unet_num_heads, 4);
  EXPECT_EQ(config.model.prediction, "v");
  EXPECT_EQ(config.model.linear_end, 0.013);
  EXPECT_EQ(config.data.size, 64);
  EXPECT_TRUE(config.data.center_crop);
  EXPECT_EQ(config.train.steps, 1000);
  EXPECT_TRUE(config.train.use_ema);
  EXPECT_EQ(config.train.learning_rate, 0.5) << "an override mends a value that is out of range";
  ASSERT_EQ(config.losses.size(), 2u);
  EXPECT_EQ(config.losses[0].weight, 2);
  ASSERT_EQ(config.losses[0].params.size(), 2u);
  EXPECT_EQ(config.losses[0].params[1].key, "margin");
  EXPECT_EQ(config.losses[0].params[1].text, "0.2");
  EXPECT_EQ(config.losses[0].params[1].origin, "run.yaml:14");
  EXPECT_EQ(config.losses[0].params[1].path, "losses[0].params.margin");
  EXPECT_EQ(config.losses[1].weight, 0.1);
  EXPECT_EQ(config.sampler.name, "plms");
  EXPECT_EQ(config.sampler.steps, 20);
}

TEST(LoadConfig, PluginParametersAreCheckedWithTheirPlace) {
  constexpr ParamSpec kSpecs[] = {real_param("temperature", 0.5, "tau", 1e-3, 10)};
  const auto params =
      load("losses:\n  - name: contrastive\n    params:\n      temperature: 20\n").config.losses[0].params;
  EXPECT_EQ(miafr_tests::error_of([&] { resolve_params(kSpecs, params, "losses[0].params"); }),
            "run.yaml:4: losses[0].params.temperature = 20, allowed 0.001..10");
  const auto typo = load("losses:\n  - name: contrastive\n    params: {temprature: 2}\n").config.losses[0].params;
  EXPECT_EQ(miafr_tests::error_of([&] { resolve_params(kSpecs, typo, "losses[0].params"); }),
            "run.yaml:3: losses[0].params: unknown key 'temprature', did you mean 'temperature'? (known: temperature)");
}

TEST(LoadConfig, NamesUnknownKeys) {
  EXPECT_EQ(load_error("\ntrian:\n  steps: 5\n"),
            "run.yaml:2: unknown key 'trian', did you mean 'train'? (known: model, data, train, losses, sampler, "
            "prompts, generate, evaluate)");
  EXPECT_EQ(load_error("sampler:\n  step: 5\n"),
            "run.yaml:2: sampler: unknown key 'step', did you mean 'steps'? (known: name, steps, params)");
  EXPECT_EQ(load_error("losses:\n  - name: cosine\n  - name: x\n    wieght: 1\n"),
            "run.yaml:4: losses[1]: unknown key 'wieght', did you mean 'weight'? (known: name, weight, params)");
  EXPECT_EQ(
      load_error("optimizer: adam\n"),
      "run.yaml:1: unknown key 'optimizer' (known: model, data, train, losses, sampler, prompts, generate, evaluate)");
}

TEST(LoadConfig, NamesValuesThatDoNotFit) {
  EXPECT_EQ(load_error("train:\n  steps: -5\n"), "run.yaml:2: train.steps = -5, allowed 1..1000000000");
  EXPECT_EQ(load_error("train:\n  learning_rate: fast\n"),
            "run.yaml:2: train.learning_rate = fast, a number is needed");
  EXPECT_EQ(load_error("train:\n  learning_rate: .nan\n"),
            "run.yaml:2: train.learning_rate = .nan, a finite number is needed");
  EXPECT_EQ(load_error("train:\n  use_ema: 1\n"), "run.yaml:2: train.use_ema = 1, true or false is needed");
  EXPECT_EQ(load_error("train:\n  steps: 2.5\n"), "run.yaml:2: train.steps = 2.5, an integer is needed");
  EXPECT_EQ(load_error("model:\n  prediction: noise\n"), "run.yaml:2: model.prediction = noise (allowed: epsilon, v)");
  EXPECT_EQ(load_error("data:\n  size: 500\n"), "run.yaml:2: data.size = 500, a multiple of 8 is needed");
  EXPECT_EQ(load_error("model:\n  linear_start: 0.5\n"),
            "run.yaml:2: model.linear_start = 0.5, more than linear_end = 0.012");
  EXPECT_EQ(load_error("losses:\n  - name: cosine\n    weight: -1\n"),
            "run.yaml:3: losses[0].weight = -1, allowed 0..1000000");
}

TEST(LoadConfig, NamesValuesOfAnotherShape) {
  EXPECT_EQ(load_error("train: 5\n"), "run.yaml:1: train: a map (key: value) is needed, a single value is given");
  EXPECT_EQ(load_error("train: [5]\n"), "run.yaml:1: train: a map (key: value) is needed, a list is given");
  EXPECT_EQ(load_error("train:\n  steps: [5]\n"), "run.yaml:2: train.steps: a single value is needed, a list is given");
  EXPECT_EQ(load_error("train:\n  steps: {a: 5}\n"),
            "run.yaml:2: train.steps: a single value is needed, a map is given");
  EXPECT_EQ(load_error("train:\n  steps:\n"), "run.yaml:2: train.steps: a single value is needed, nothing is given");
  EXPECT_EQ(load_error("losses: {name: cosine}\n"),
            "run.yaml:1: losses: a list (- name: ...) is needed, a map is given");
  EXPECT_EQ(load_error("losses:\n  - [cosine]\n"),
            "run.yaml:2: losses[0]: a map (key: value) is needed, a list is given");
  EXPECT_EQ(load_error("losses:\n  - name: cosine\n    params: [1]\n"),
            "run.yaml:3: losses[0].params: a map (key: value) is needed, a list is given");
  EXPECT_EQ(load_error("losses:\n  - name: cosine\n    params: {x: [1]}\n"),
            "run.yaml:3: losses[0].params.x: a single value is needed, a list is given");
}

TEST(LoadConfig, APluginMustBeNamed) {
  EXPECT_EQ(load_error("losses:\n  - weight: 1\n"), "run.yaml:2: losses[0]: name is missing");
  EXPECT_EQ(load_error("sampler: {name: ''}\n"), "run.yaml:1: sampler: name is missing");
}

TEST(LoadConfig, RemembersWhereAPluginIsNamed) {
  const RunConfig config = load("losses:\n  - weight: 1\n    name: cosine\n  - name: x\n", {"losses.x.name=y"}).config;
  EXPECT_EQ(config.losses[0].origin, "run.yaml:3");
  EXPECT_EQ(config.losses[1].origin, "command line: --losses.x.name=y");
  EXPECT_EQ(config.sampler.origin, "");
}

TEST(LoadConfig, EmptySectionsAreFine) {
  EXPECT_EQ(load("train:\nlosses:\nsampler: {}\ndata: ~\nmodel: {}\n").config.train.steps, 800);
}

TEST(LoadConfig, ReadsFiles) {
  const auto file = miafr_tests::temporary_folder() / "a run.yaml";
  std::ofstream(file) << "train: {steps: 5}\n";
  EXPECT_EQ(load_config(file.string()).config.train.steps, 5);
  EXPECT_EQ(load_config(file.string(), parse_overrides({"train.steps=6"})).config.train.steps, 6);
}

TEST(Prompts, AreTextsOrMapsWithAText) {
  const auto config = load_config_text("prompts:\n  - a photo\n  - {text: another, label: b}\n", "run.yaml").config;
  ASSERT_EQ(config.prompts.size(), 2u);
  EXPECT_EQ(config.prompts[0].text, "a photo");
  EXPECT_EQ(config.prompts[0].label, "");
  EXPECT_EQ(config.prompts[1].label, "b");
  EXPECT_EQ(load_error("prompts:\n  - a\n  - {label: b}\n"), "run.yaml:3: prompts[1]: text is missing");
  EXPECT_EQ(load_error("prompts: a photo\n"),
            "run.yaml:1: prompts: a list (- name: ...) is needed, a single value is given");
}

// Also says that every default lies within its own range.
TEST(SectionInfos, DescribeEverySettingWithADefault) {
  std::vector<std::string> names;
  for (const SectionInfo& info : section_infos()) {
    names.push_back(info.name + (info.is_list ? "[]" : "") + (info.names_plugin ? "+params" : ""));
    EXPECT_GT(info.table.size, 0u);
    EXPECT_NO_THROW(resolve_params(info.table, {}, info.name));
    for (const ParamSpec& spec : info.table) EXPECT_GT(std::string(spec.doc).size(), 5u) << spec.name;
  }
  EXPECT_THAT(names, testing::ElementsAre("model", "data", "train", "losses[]+params", "sampler+params", "prompts[]",
                                          "generate", "evaluate"));
}

TEST(Configs, OfTheProjectLoad) {
  const std::map<std::string, std::vector<std::string>> kLosses = {{"train_plain", {}},
                                                                   {"train_contrastive", {"contrastive"}},
                                                                   {"train_cosine", {"cosine"}},
                                                                   {"train_lora", {"biometric"}},
                                                                   {"train_biometric", {"biometric"}}};
  for (const auto& [name, expected] : kLosses) {
    const LoadedConfig loaded = load_config("configs/" + name + ".yaml");
    std::vector<std::string> losses;
    for (const LossConfig& loss : loaded.config.losses) losses.push_back(loss.name);
    EXPECT_EQ(losses, expected) << name;
    EXPECT_EQ(loaded.layout, "miafr");
    EXPECT_EQ(loaded.config.train.steps, 800);
    EXPECT_EQ(loaded.config.train.learning_rate, name == "train_lora" ? 1e-4 : 1e-6);
    EXPECT_EQ(loaded.config.data.batch_size, name == "train_cosine" ? 8 : 1);
  }
}

}  // namespace
}  // namespace miafr
