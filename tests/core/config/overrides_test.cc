#include "core/config/overrides.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

using miafr_tests::error_of;
using miafr_tests::load;
using miafr_tests::load_error;
using testing::ElementsAre;

constexpr const char* kConfig =
    "train:\n"
    "  steps: 100\n"
    "losses:\n"
    "  - name: contrastive\n"
    "    weight: 0.1\n"
    "    params: {queue: 8}\n"
    "  - name: cosine\n";

std::string parse_error(const std::vector<std::string>& arguments) {
  return error_of([&] { parse_overrides(arguments); });
}

TEST(ParseOverrides, TakesTheThreeForms) {
  const auto changes = parse_overrides({"--model.params.reg_weight", "0.5", "--train.steps=5", "data.size=64"});
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_THAT(changes[0].path, ElementsAre("model", "params", "reg_weight"));
  EXPECT_EQ(changes[0].value, "0.5");
  EXPECT_EQ(changes[0].origin, "command line: --model.params.reg_weight=0.5");
  EXPECT_THAT(changes[1].path, ElementsAre("train", "steps"));
  EXPECT_EQ(changes[1].value, "5");
  EXPECT_EQ(changes[1].origin, "command line: --train.steps=5");
  EXPECT_THAT(changes[2].path, ElementsAre("data", "size"));
  EXPECT_EQ(changes[2].value, "64");
  EXPECT_EQ(changes[2].origin, "command line: --data.size=64");
}

TEST(ParseOverrides, SplitsAtTheFirstEqualsSign) {
  EXPECT_EQ(parse_overrides({"a.b=c=d"})[0].value, "c=d");
  EXPECT_EQ(parse_overrides({"--a.b", "c=d"})[0].value, "c=d");
}

TEST(ParseOverrides, TakesNegativeNumbersAsValues) {
  EXPECT_EQ(parse_overrides({"--a.b", "-1"})[0].value, "-1");
  EXPECT_EQ(parse_overrides({"--a.b=-1"})[0].value, "-1");
}

TEST(ParseOverrides, TakesIndicesInBrackets) {
  EXPECT_THAT(parse_overrides({"losses[0].params.queue=4"})[0].path, ElementsAre("losses", "0", "params", "queue"));
  EXPECT_THAT(split_path("a[0][1].b"), ElementsAre("a", "0", "1", "b"));
  EXPECT_THAT(split_path("a[0].[b"), ElementsAre("a", "0", "[b"));
}

TEST(ParseOverrides, SaysWhatIsMissing) {
  EXPECT_EQ(parse_error({"--train.steps"}), "command line: --train.steps: no value is given");
  EXPECT_EQ(parse_error({"--train.steps", "--train.seed=1"}), "command line: --train.steps: no value is given");
  EXPECT_EQ(parse_error({"--train.steps="}),
            "command line: --train.steps=: no value is given; for an empty text write --train.steps=\"''\"");
  EXPECT_EQ(parse_error({"train.steps", "5"}),
            "command line: train.steps: neither an option nor a change of the config (key=value)");
  EXPECT_EQ(parse_error({"-train.steps=5"}),
            "command line: -train.steps=5: a change of the config begins with two dashes, or none");
  EXPECT_EQ(parse_error({"--=5"}), "command line: --=5: no key in front of '='");
  EXPECT_EQ(parse_error({"=5"}), "command line: =5: no key in front of '='");
  EXPECT_EQ(parse_error({"--", "5"}), "command line: --: no key in front of '='");
  EXPECT_EQ(parse_error({"train..steps=5"}), "command line: train..steps=5: an empty key in 'train..steps'");
  EXPECT_EQ(parse_error({".train=5"}), "command line: .train=5: an empty key in '.train'");
  EXPECT_EQ(parse_error({"train.=5"}), "command line: train.=5: an empty key in 'train.'");
  EXPECT_EQ(parse_error({"a=\xff"}), "command line: a=\\xff: not UTF-8 text");
}

TEST(ParseOverrides, OriginShowsTheWholeKeyButNoEndlessValue) {
  const std::string key = "model." + std::string(200, 'k');
  EXPECT_EQ(parse_overrides({key + "=" + std::string(200, 'v')})[0].origin,
            "command line: --" + key + "=" + std::string(80, 'v') + "...");
  EXPECT_EQ(parse_overrides({"a.b=1\n2"})[0].origin, "command line: --a.b=1\\x0a2");
}

TEST(Overrides, ChangeAndAdd) {
  const RunConfig config =
      load(kConfig, {"train.steps=5", "--train.seed", "7", "--sampler.name=plms", "sampler.params.eta=0.5"}).config;
  EXPECT_EQ(config.train.steps, 5);
  EXPECT_EQ(config.train.seed, 7);
  EXPECT_EQ(config.sampler.name, "plms");
  ASSERT_EQ(config.sampler.params.size(), 1u);
  EXPECT_EQ(config.sampler.params[0].key, "eta");
  EXPECT_EQ(config.sampler.params[0].text, "0.5");
  EXPECT_EQ(config.sampler.params[0].origin, "command line: --sampler.params.eta=0.5");
  EXPECT_EQ(config.sampler.params[0].path, "sampler.params.eta");
}

TEST(Overrides, LaterOneWins) {
  EXPECT_EQ(load(kConfig, {"train.steps=5", "train.steps=6"}).config.train.steps, 6);
  EXPECT_EQ(load(kConfig, {"train={steps: 5, seed: 1}", "train.steps=6"}).config.train.steps, 6);
  EXPECT_EQ(load(kConfig, {"train.steps=6", "train={steps: 5, seed: 1}"}).config.train.steps, 5);
}

TEST(Overrides, ReachLossesByIndexAndByName) {
  for (const char* argument : {"losses.1.weight=0.5", "losses[1].weight=0.5", "--losses.cosine.weight=0.5"}) {
    const auto losses = load(kConfig, {argument}).config.losses;
    EXPECT_EQ(losses[0].weight, 0.1) << argument;
    EXPECT_EQ(losses[1].weight, 0.5) << argument;
  }
  const auto losses = load(kConfig, {"losses.contrastive.params.temperature=0.1", "losses.contrastive.params.queue=16",
                                     "losses.contrastive.name=other"})
                          .config.losses;
  ASSERT_EQ(losses[0].params.size(), 2u);
  EXPECT_EQ(losses[0].params[0].text, "16");
  EXPECT_EQ(losses[0].params[1].text, "0.1");
  EXPECT_EQ(losses[0].name, "other");
}

TEST(Overrides, FlowMapsMergeAndListsReplace) {
  const RunConfig config =
      load(kConfig, {"train={seed: 1}", "losses=[{name: biometric, weight: 2, params: {matcher: adaface}}]"}).config;
  EXPECT_EQ(config.train.seed, 1);
  EXPECT_EQ(config.train.steps, 100);
  ASSERT_EQ(config.losses.size(), 1u);
  EXPECT_EQ(config.losses[0].name, "biometric");
  EXPECT_EQ(config.losses[0].params[0].text, "adaface");
  EXPECT_TRUE(load(kConfig, {"losses=[]"}).config.losses.empty());
}

TEST(Overrides, SayWhatIsWrongWithALossPath) {
  EXPECT_EQ(load_error(kConfig, {"losses.2.weight=1"}),
            "command line: --losses.2.weight=1: losses has 2 entries, counted from 0; there is no entry 2");
  EXPECT_EQ(load_error(kConfig, {"losses.99999999999999999999.weight=1"}),
            "command line: --losses.99999999999999999999.weight=1: losses has 2 entries, counted from 0; there is no "
            "entry 99999999999999999999");
  EXPECT_EQ(load_error("train:\n", {"losses.0.weight=1"}),
            "command line: --losses.0.weight=1: losses has 0 entries, counted from 0; there is no entry 0");
  EXPECT_EQ(load_error(kConfig, {"losses.cosin.weight=1"}),
            "command line: --losses.cosin.weight=1: losses has no entry named 'cosin', did you mean 'cosine'? (named: "
            "contrastive, cosine)");
  EXPECT_EQ(
      load_error("losses: [{name: cosine}, {name: cosine}]\n", {"losses.cosine.weight=1"}),
      "command line: --losses.cosine.weight=1: losses has several entries named 'cosine'; say which by its index");
}

TEST(Overrides, SayWhereAPathEnds) {
  EXPECT_EQ(load_error(kConfig, {"train.steps.x=1"}),
            "command line: --train.steps.x=1: train.steps is a single value, it has no 'x'");
  EXPECT_EQ(load_error(kConfig, {"train=1"}),
            "command line: --train=1: train: a map (key: value) is needed, a single value is given");
  EXPECT_EQ(load_error(kConfig, {"losses=1"}),
            "command line: --losses=1: losses: a list (- name: ...) is needed, a single value is given");
  EXPECT_EQ(load_error(kConfig, {"train.steps={a: 1}"}),
            "command line: --train.steps={a: 1}: train.steps: a single value is needed, a map is given");
  EXPECT_EQ(load_error(kConfig, {"train.steps=null"}),
            "command line: --train.steps=null: train.steps: a single value is needed, nothing is given");
}

TEST(Overrides, NameTheNearestKey) {
  EXPECT_EQ(load_error(kConfig, {"trian.steps=1"}),
            "command line: --trian.steps=1: unknown key 'trian', did you mean 'train'? (known: model, data, train, "
            "losses, sampler, prompts, generate, evaluate)");
  EXPECT_EQ(
      load_error(kConfig, {"data.batchsize=1"}),
      "command line: --data.batchsize=1: data: unknown key 'batchsize', did you mean 'batch_size'? "
      "(known: size, center_crop, buckets, flip_probability, batch_size, num_workers, train_repeats, reg_repeats, "
      "caption, reg_caption, caption_regex, reg_caption_regex, captions, reg_captions)");
  EXPECT_EQ(load_error(kConfig, {"losses.0.wieght=1"}),
            "command line: --losses.0.wieght=1: losses[0]: unknown key 'wieght', did you mean 'weight'? (known: name, "
            "weight, params)");
}

TEST(Overrides, ValuesAreChecked) {
  EXPECT_EQ(load_error(kConfig, {"--train.steps=fast"}),
            "command line: --train.steps=fast: train.steps = fast, an integer is needed");
  EXPECT_EQ(load_error(kConfig, {"--train.steps", "0"}),
            "command line: --train.steps=0: train.steps = 0, allowed 1..1000000000");
  EXPECT_EQ(load_error(kConfig, {"losses=[{name: x"}),
            "command line: --losses=[{name: x: not valid YAML: end of map flow not found");
}

}  // namespace
}  // namespace miafr
