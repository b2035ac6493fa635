// Configs in the published layout: changes from the command line, and what may be wrong with them.
#include "core/config/published_layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

using miafr_tests::error_of;
using miafr_tests::load;
using miafr_tests::load_error;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kFolder = "tests/core/config/published/";
const std::string kBiometric = kFolder + "v1-finetune_biomloss.yaml";
const std::string kContrastive = kFolder + "v1-finetune_contrastiveloss.yaml";
const std::string kCosine = kFolder + "v1-finetune_cosineloss.yaml";

LoadedConfig load_file(const std::string& path, const std::vector<std::string>& arguments = {}) {
  return load_config(path, parse_overrides(arguments));
}
std::string file_error(const std::string& path, const std::vector<std::string>& arguments = {}) {
  return error_of([&] { load_file(path, arguments); });
}

// The smallest config in that layout, with more lines under model.params.
std::string plain(const std::string& params = "") {
  return "model:\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  params:\n" + params;
}

TEST(PublishedOverrides, TheThreeFormsOfBothLayouts) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--model.params.reg_weight", "0.5"},
                                             {"--model.params.reg_weight=0.5"},
                                             {"model.params.reg_weight=0.5"},
                                             {"train.reg_weight=0.5"},
                                             {"--train.reg_weight", "0.5"}}) {
    EXPECT_EQ(load_file(kCosine, arguments).config.train.reg_weight, 0.5) << arguments[0];
    EXPECT_EQ(load("train: {reg_weight: 1}\n", arguments).config.train.reg_weight, 0.5) << arguments[0];
  }
}

TEST(PublishedOverrides, LaterOneWinsInWhateverSpelling) {
  EXPECT_EQ(load_file(kCosine, {"model.params.reg_weight=0.5", "train.reg_weight=0.7"}).config.train.reg_weight, 0.7);
  EXPECT_EQ(load_file(kCosine, {"train.reg_weight=0.7", "model.params.reg_weight=0.5"}).config.train.reg_weight, 0.5);
  EXPECT_EQ(load("train:\n", {"train.reg_weight=0.7", "model.params.reg_weight=0.5"}).config.train.reg_weight, 0.5);
}

TEST(PublishedOverrides, ReachTheLosses) {
  EXPECT_EQ(load_file(kCosine, {"model.params.cosine_weight=0.3"}).config.losses[0].weight, 0.3);
  EXPECT_EQ(load_file(kCosine, {"losses.cosine.weight=0.3"}).config.losses[0].weight, 0.3);
  EXPECT_EQ(load("losses: [{name: cosine}]\n", {"model.params.cosine_weight=0.3"}).config.losses[0].weight, 0.3);
  EXPECT_EQ(load_file(kContrastive, {"losses.contrastive.params.temperature=0.1"}).config.losses[0].params.size(), 2u);
  EXPECT_THAT(load_file(kContrastive, {"losses=[]"}).config.losses, IsEmpty());
  EXPECT_EQ(load_file(kBiometric, {"losses.biometric.params.matcher=adaface"}).config.losses[0].params[0].text,
            "adaface");
}

TEST(PublishedOverrides, ABiometricWeightAddsTheLossWhereverItStands) {
  for (const char* path :
       {"model.params.first_stage_config.params.biometric_weight",
        "model.params.first_stage_config.params.lossconfig.params.biometric_weight", "model.params.biometric_weight"}) {
    const LoadedConfig loaded = load_file(kCosine, {"--" + std::string(path), "0.25"});
    ASSERT_EQ(loaded.config.losses.size(), 2u);
    EXPECT_EQ(loaded.config.losses[1].name, "biometric");
    EXPECT_EQ(loaded.config.losses[1].weight, 0.25);
    EXPECT_THAT(loaded.notices, ElementsAre("command line: --" + std::string(path) + "=0.25: " + path +
                                            " adds the loss biometric with matcher dlib_resnet; in the published code "
                                            "it never reaches the training loss"));
  }
  EXPECT_EQ(load_file(kBiometric, {"model.params.biometric_weight=0.25"}).config.losses.size(), 1u);
}

TEST(PublishedOverrides, TheModelClassChoosesTheLoss) {
  const auto losses = load_file(kFolder + "v1-inference.yaml",
                                {"model.target=ldm.models.diffusion.ddpm_cosineembedding.LatentDiffusion",
                                 "--model.params.cosine_weight", "0.3"})
                          .config.losses;
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].name, "cosine");
  EXPECT_EQ(losses[0].weight, 0.3);
  EXPECT_EQ(load_file(kFolder + "v1-inference.yaml",
                      {"model={target: ldm.models.diffusion.ddpm_contrastloss.LatentDiffusion}"})
                .config.losses[0]
                .name,
            "contrastive");
  EXPECT_EQ(load_error("train:\n", {"model.target=ldm.models.diffusion.ddpm.LatentDiffusion"}),
            "command line: --model.target=ldm.models.diffusion.ddpm.LatentDiffusion: model.target is for configs of "
            "the published layout; here, losses lists the losses");
}

TEST(PublishedOverrides, TheQueueFollowsTheBatchUnlessItIsGiven) {
  EXPECT_THAT(load_file(kContrastive, {"data.params.batch_size=2"}).config.losses[0].params, IsEmpty());
  EXPECT_THAT(load_file(kContrastive, {"data.params.batch_size=2"}).notices, IsEmpty());
  const LoadedConfig given = load_file(kContrastive, {"losses.contrastive.params.queue=0"});
  EXPECT_EQ(given.config.losses[0].params[0].text, "0");
  EXPECT_THAT(given.notices, IsEmpty());
  EXPECT_THAT(load("losses: [{name: contrastive}]\n").config.losses[0].params, IsEmpty())
      << "our own layout means what it says";
}

TEST(PublishedOverrides, IgnoredOnesAreListedToo) {
  const LoadedConfig loaded = load("train:\n", {"lightning.trainer.gpus=0,"});
  ASSERT_EQ(loaded.ignored.size(), 1u);
  EXPECT_EQ(loaded.ignored[0].path, "lightning.trainer.gpus");
  EXPECT_EQ(loaded.ignored[0].value, "0,");
  EXPECT_EQ(loaded.ignored[0].origin, "command line: --lightning.trainer.gpus=0,");
}

TEST(PublishedOverrides, MapsMerge) {
  const RunConfig config = load_file(kCosine, {"data={params: {batch_size: 2, num_workers: 0}}",
                                               "model.params={batch_size: 2, timesteps: 500}"})
                               .config;
  EXPECT_EQ(config.data.batch_size, 2);
  EXPECT_EQ(config.data.num_workers, 0);
  EXPECT_EQ(config.model.timesteps, 500);
  EXPECT_EQ(config.data.size, 512);
}

TEST(PublishedConflicts, TwoPlacesForOneSettingMustAgree) {
  const std::string text = plain("    batch_size: 4\n") + "data:\n  params:\n    batch_size: 8\n";
  EXPECT_EQ(load_error(text),
            "run.yaml:7: data.params.batch_size = 8 contradicts model.params.batch_size = 4 (run.yaml:4): both set "
            "data.batch_size");
  for (const char* argument :
       {"model.params.batch_size=2", "data.params.batch_size=2", "data.batch_size=2", "data={batch_size: 2}"})
    EXPECT_EQ(load(text, {argument}).config.data.batch_size, 2) << argument;
  EXPECT_EQ(load_error(text, {"data.size=64"}), load_error(text));
  EXPECT_EQ(load(plain("    batch_size: 8.0\n") + "data: {params: {batch_size: 8}}\n").config.data.batch_size, 8);
}

TEST(PublishedConflicts, LearningRates) {
  EXPECT_EQ(load_error("model:\n  base_learning_rate: 1.0e-06\n  target: ldm.models.diffusion.ddpm.LatentDiffusion\n  "
                       "params:\n    model_lr: 5e-6\n"),
            "run.yaml:5: model.params.model_lr = 5e-6 contradicts model.base_learning_rate = 1.0e-06 (run.yaml:2): "
            "both set train.learning_rate");
  EXPECT_EQ(load_file(kCosine, {"model.base_learning_rate=5e-6"}).config.train.learning_rate, 5e-6);
  EXPECT_EQ(load_file(kCosine, {"model.params.model_lr=5e-6"}).config.train.learning_rate, 5e-6);
}

TEST(PublishedErrors, UnknownClasses) {
  EXPECT_EQ(
      load_error("model:\n  target: ldm.models.diffusion.ddpm_cosine.LatentDiffusion\n"),
      "run.yaml:2: model.target = ldm.models.diffusion.ddpm_cosine.LatentDiffusion, did you mean "
      "'ldm.models.diffusion.ddpm.LatentDiffusion'? "
      "(known: ldm.models.diffusion.ddpm.LatentDiffusion, ldm.models.diffusion.ddpm_contrastloss.LatentDiffusion, "
      "ldm.models.diffusion.ddpm_cosineembedding.LatentDiffusion, ldm.models.diffusion.ddpm_biomloss.LatentDiffusion)");
  EXPECT_EQ(
      load_error(plain("    first_stage_config:\n      params:\n        lossconfig:\n          target: my.Loss\n")),
      "run.yaml:7: model.params.first_stage_config.params.lossconfig.target = my.Loss (allowed: torch.nn.Identity, "
      "ldm.modules.losses.LPIPSWithDiscriminator)");
  EXPECT_EQ(load_error(plain("    cond_stage_config: {target: ldm.modules.encoders.modules.BERTEmbedder}\n")),
            "run.yaml:4: model.params.cond_stage_config.target = ldm.modules.encoders.modules.BERTEmbedder, allowed "
            "ldm.modules.encoders.modules.FrozenCLIPEmbedder (the only one there is)");
}

TEST(PublishedErrors, UnknownKeys) {
  EXPECT_EQ(load_error(plain("    unet_config:\n      params:\n        num_head: 8\n")).substr(0, 98),
            "run.yaml:6: model.params.unet_config.params: unknown key 'num_head', did you mean 'num_heads'? (kn");
  EXPECT_EQ(load_error(plain() + "lightening: {}\n"),
            "run.yaml:4: unknown key 'lightening', did you mean 'lightning'? (known: data, lightning, model)");
  EXPECT_EQ(load_error(plain(), {"model.parms.reg_weight=1"}),
            "command line: --model.parms.reg_weight=1: model: unknown key 'parms', did you mean 'params'? (known: "
            "base_learning_rate, params, target)");
  EXPECT_EQ(load_error("train:\n", {"model.params.regweight=1"}).substr(0, 115),
            "command line: --model.params.regweight=1: model.params: unknown key 'regweight', did you mean "
            "'reg_weight'? (known:");
  EXPECT_EQ(load_error(plain(), {"trian.steps=1"}),
            "command line: --trian.steps=1: unknown key 'trian', did you mean 'train'? (known: model, data, train, "
            "losses, sampler, prompts, generate, evaluate)");
  EXPECT_EQ(load_error(plain(), {"model.scale_facto=1"}).substr(0, 73),
            "command line: --model.scale_facto=1: model: unknown key 'scale_facto' (kn");
}

TEST(PublishedErrors, ValuesAreNamedAsTheyWereWritten) {
  EXPECT_EQ(load_error(plain("    reg_weight: fast\n")),
            "run.yaml:4: model.params.reg_weight = fast, a number is needed");
  EXPECT_EQ(load_error(plain("    timesteps: 1\n")), "run.yaml:4: model.params.timesteps = 1, allowed 2..1000000");
  EXPECT_EQ(load_error(plain(), {"--model.params.reg_weight", "-1"}),
            "command line: --model.params.reg_weight=-1: model.params.reg_weight = -1, allowed 0..1000000");
  EXPECT_EQ(file_error(kContrastive, {"model.params.contrast_weight=x"}),
            "command line: --model.params.contrast_weight=x: model.params.contrast_weight = x, a number is needed");
  EXPECT_EQ(load_error(plain() + "data: {params: {train: {params: {size: 500}}}}\n"),
            "run.yaml:4: data.params.train.params.size = 500, a multiple of 8 is needed");
  EXPECT_EQ(load_error(plain("    reg_weight: [1]\n")),
            "run.yaml:4: model.params.reg_weight: a single value is needed, [1] is given");
  EXPECT_EQ(load_error(plain("    reg_weight:\n")),
            "run.yaml:4: model.params.reg_weight: a single value is needed, null is given");
  EXPECT_EQ(load_error(plain("    unet_config: 5\n")),
            "run.yaml:4: model.params.unet_config: a map (key: value) is needed, 5 is given");
  EXPECT_EQ(load_error(plain(), {"model.params.reg_weight.x=1"}),
            "command line: --model.params.reg_weight.x=1: model.params.reg_weight: a single value is needed, {x: 1} is "
            "given");
}

TEST(PublishedErrors, WhatWouldChangeTheResultIsRefused) {
  EXPECT_EQ(load_error(plain("    embedding_reg_weight: 0.5\n")),
            "run.yaml:4: model.params.embedding_reg_weight = 0.5, allowed 0 (words' embeddings are not trained, by the "
            "published code neither)");
  EXPECT_EQ(load_error(plain("    loss_type: l1\n")),
            "run.yaml:4: model.params.loss_type = l1, allowed l2 (the loss is the plain mean squared error)");
  EXPECT_EQ(load_error(plain("    unfreeze_model: False\n")),
            "run.yaml:4: model.params.unfreeze_model = False, allowed true (MIAFR trains the UNet)");
  EXPECT_EQ(load_error(plain("    scheduler_config: {target: x}\n")),
            "run.yaml:4: model.params.scheduler_config has no counterpart here: the learning rate is constant");
  EXPECT_EQ(load_error(plain() + "lightning: {trainer: {precision: 16}}\n"),
            "run.yaml:4: lightning.trainer.precision = 16, allowed 32 (there is no such setting here)");
  EXPECT_EQ(load_error(plain("    scheduler_config: null\n    loss_type: null\n    ckpt_path:\n")), "")
      << "null says nothing";
}

TEST(PublishedErrors, AWeightNeedsItsLoss) {
  EXPECT_EQ(load_error(plain("    contrast_weight: 0.1\n")),
            "run.yaml:4: model.params.contrast_weight: there is no loss contrastive in this config; model.target = "
            "ldm.models.diffusion.ddpm_contrastloss.LatentDiffusion has it");
  EXPECT_EQ(load_error("losses: [{name: cosine}]\n", {"model.params.contrast_weight=0.1"}),
            "command line: --model.params.contrast_weight=0.1: model.params.contrast_weight: there is no loss "
            "contrastive in this config");
}

TEST(PublishedValues, DefaultsOfThePublishedCodeAndTranslations) {
  const auto losses = load("model: {target: ldm.models.diffusion.ddpm_contrastloss.LatentDiffusion}\n").config.losses;
  ASSERT_EQ(losses.size(), 1u);
  EXPECT_EQ(losses[0].weight, 0.1);
  EXPECT_EQ(losses[0].origin, "run.yaml:1");
  EXPECT_EQ(load(plain("    parameterization: v\n")).config.model.prediction, "v");
  EXPECT_EQ(load(plain("    parameterization: eps\n")).config.model.prediction, "epsilon");
  EXPECT_EQ(load_error(plain("    parameterization: x0\n")),
            "run.yaml:4: model.params.parameterization = x0 (allowed: eps, v)");
  EXPECT_EQ(load(plain() + "data: {params: {train: {params: {flip_p: 0, center_crop: True}}}}\n")
                .config.data.flip_probability,
            0);
}

// Every row leads to a setting there is, and every path stands once.
TEST(PublishedTable, EveryRowMakesSense) {
  std::set<std::string> paths;
  for (const PublishedKey& row : kPublishedKeys) {
    EXPECT_TRUE(paths.insert(row.path).second) << row.path << " stands twice";
    if (row.use != PublishedKey::Use::kMapped) {
      EXPECT_TRUE(row.use == PublishedKey::Use::kModel || *row.reason) << row.path;
      continue;
    }
    const auto ours = split_path(row.ours);
    bool found = false;
    for (const SectionInfo& info : section_infos())
      for (const ParamSpec& spec : info.table) found = found || (info.name == ours.front() && spec.name == ours.back());
    EXPECT_TRUE(found) << row.path << " -> " << row.ours;
  }
}

// Which of the two layouts a path of the command line is meant in can be told by the key below the section.
TEST(PublishedTable, SharesNoKeyWithOurs) {
  for (const SectionInfo& info : section_infos())
    for (const std::string& theirs : published_keys_below(info.name))
      for (const ParamSpec& spec : info.table) EXPECT_NE(theirs, spec.name);
}

}  // namespace
}  // namespace miafr
