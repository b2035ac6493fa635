// The published configs as they are.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "core/config/to_yaml.h"
#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kFolder = "tests/core/config/published/";
const std::string kBiometric = kFolder + "v1-finetune_biomloss.yaml";
const std::string kContrastive = kFolder + "v1-finetune_contrastiveloss.yaml";
const std::string kCosine = kFolder + "v1-finetune_cosineloss.yaml";

const Ignored* find_ignored(const LoadedConfig& loaded, const std::string& path) {
  for (const Ignored& ignored : loaded.ignored)
    if (ignored.path == path) return &ignored;
  return nullptr;
}

// What the three published training configs have in common.
void expect_published(const RunConfig& config) {
  EXPECT_EQ(config.model.unet_num_heads, 8);
  EXPECT_EQ(config.model.text_encoder_heads, 12);
  EXPECT_EQ(config.model.scale_factor, 0.18215);
  EXPECT_EQ(config.model.linear_start, 0.00085);
  EXPECT_EQ(config.model.linear_end, 0.012);
  EXPECT_EQ(config.model.timesteps, 1000);
  EXPECT_EQ(config.data.size, 512);
  EXPECT_EQ(config.data.train_repeats, 100);
  EXPECT_EQ(config.data.reg_repeats, 10);
  EXPECT_EQ(config.train.steps, 800);
  EXPECT_EQ(config.train.learning_rate, 1e-6);
  EXPECT_EQ(config.train.reg_weight, 1);
  EXPECT_EQ(config.train.seed, 23);
  EXPECT_EQ(config.train.checkpoint_every, 500);
  EXPECT_EQ(config.train.preview_every, 500);
  EXPECT_EQ(config.train.max_previews, 8);
  EXPECT_TRUE(config.train.train_text_encoder);
  EXPECT_TRUE(config.train.gradient_checkpointing);
  EXPECT_FALSE(config.train.use_ema);
}

TEST(PublishedFiles, Contrastive) {
  const LoadedConfig loaded = load_config(kContrastive);
  EXPECT_EQ(loaded.layout, "published");
  expect_published(loaded.config);
  EXPECT_EQ(loaded.config.data.batch_size, 1);
  EXPECT_EQ(loaded.config.data.num_workers, 2);
  ASSERT_EQ(loaded.config.losses.size(), 1u);
  EXPECT_EQ(loaded.config.losses[0].name, "contrastive");
  EXPECT_EQ(loaded.config.losses[0].weight, 0.1);
  ASSERT_EQ(loaded.config.losses[0].params.size(), 1u);
  EXPECT_EQ(loaded.config.losses[0].params[0].key, "queue");
  EXPECT_EQ(loaded.config.losses[0].params[0].text, "8");
  EXPECT_THAT(
      loaded.notices,
      ElementsAre(
          "data.batch_size = 1: the loss contrastive gets params.queue = 8, that many earlier pairs as its negatives; "
          "the published one has none and is constant"));
}

TEST(PublishedFiles, Cosine) {
  const LoadedConfig loaded = load_config(kCosine);
  expect_published(loaded.config);
  EXPECT_EQ(loaded.config.data.batch_size, 8);
  EXPECT_EQ(loaded.config.data.num_workers, 4);
  ASSERT_EQ(loaded.config.losses.size(), 1u);
  EXPECT_EQ(loaded.config.losses[0].name, "cosine");
  EXPECT_EQ(loaded.config.losses[0].weight, 0.1);
  EXPECT_THAT(loaded.config.losses[0].params, IsEmpty());
  EXPECT_THAT(loaded.notices, IsEmpty());
}

TEST(PublishedFiles, Biometric) {
  const LoadedConfig loaded = load_config(kBiometric);
  expect_published(loaded.config);
  EXPECT_EQ(loaded.config.data.batch_size, 1);
  ASSERT_EQ(loaded.config.losses.size(), 1u);
  EXPECT_EQ(loaded.config.losses[0].name, "biometric");
  EXPECT_EQ(loaded.config.losses[0].weight, 0.1);
  ASSERT_EQ(loaded.config.losses[0].params.size(), 1u);
  EXPECT_EQ(loaded.config.losses[0].params[0].key, "matcher");
  EXPECT_EQ(loaded.config.losses[0].params[0].text, "dlib_resnet");
  EXPECT_THAT(
      loaded.notices,
      ElementsAre(
          kBiometric +
          ":76: model.params.first_stage_config.params.lossconfig.params.biometric_weight adds the loss biometric "
          "with matcher dlib_resnet; in the published code it never reaches the training loss"));
}

TEST(PublishedFiles, Inference) {
  const LoadedConfig loaded = load_config(kFolder + "v1-inference.yaml");
  EXPECT_EQ(loaded.layout, "published");
  EXPECT_THAT(loaded.notices, IsEmpty());
  EXPECT_THAT(loaded.config.losses, IsEmpty());
  EXPECT_EQ(loaded.config.model.unet_num_heads, 8);
  EXPECT_EQ(loaded.config.model.prediction, "epsilon");
  EXPECT_FALSE(loaded.config.train.train_text_encoder);
}

TEST(PublishedFiles, TinyModel) {
  const LoadedConfig loaded = load_config(kFolder + "tiny-sd.yaml");
  EXPECT_EQ(loaded.config.model.unet_num_heads, 4);
  EXPECT_EQ(loaded.config.model.text_encoder_heads, 4);
  EXPECT_EQ(loaded.config.train.learning_rate, 1e-4);
  EXPECT_THAT(loaded.notices, IsEmpty());
}

TEST(PublishedFiles, EveryOtherSettingIsListedWithItsReason) {
  const LoadedConfig loaded = load_config(kCosine);
  const Ignored* channels = find_ignored(loaded, "model.params.unet_config.params.channel_mult");
  ASSERT_TRUE(channels);
  EXPECT_EQ(channels->value, "[1, 2, 4, 4]");
  EXPECT_EQ(channels->reason, "read from the checkpoint");
  EXPECT_EQ(channels->origin, kCosine + ":44");
  const Ignored* words = find_ignored(loaded, "model.params.personalization_config.params.initializer_words");
  ASSERT_TRUE(words);
  EXPECT_EQ(words->value, "[sculpture]");
  ASSERT_TRUE(find_ignored(loaded, "data.params.validation.params.repeats"));
  ASSERT_TRUE(find_ignored(loaded, "model.params.embedding_reg_weight"));
  EXPECT_FALSE(find_ignored(loaded, "model.params.reg_weight")) << "what has an effect is not ignored";
  EXPECT_FALSE(find_ignored(loaded, "model.target"));
  for (const Ignored& ignored : loaded.ignored) EXPECT_FALSE(ignored.reason.empty()) << ignored.path;
  // Every line "key: value" of the file is either listed or mapped.
  std::ifstream file(kCosine);
  std::size_t settings = 0;
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':'), text = line.find_first_not_of(' ');
    settings += text != std::string::npos && line[text] != '#' && line[text] != '-' && colon != std::string::npos &&
                line.find_first_not_of(" \r", colon + 1) != std::string::npos;
  }
  constexpr std::size_t kWithEffect = 24,
                        kMultiLine = 1;  // model.target among the former; ch_mult is a list over several lines
  EXPECT_EQ(loaded.ignored.size(), settings - kWithEffect + kMultiLine);
}

TEST(PublishedFiles, ResolvedTheyAreConfigsOfOurs) {
  for (const std::string& path : {kContrastive, kCosine, kBiometric}) {
    const LoadedConfig again = miafr_tests::load(to_yaml(load_config(path).config));
    EXPECT_EQ(again.layout, "miafr");
    EXPECT_EQ(to_yaml(again.config), to_yaml(load_config(path).config));
  }
}

}  // namespace
}  // namespace miafr
