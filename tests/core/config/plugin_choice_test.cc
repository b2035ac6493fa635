#include "core/config/plugin_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/config/read_sections.h"
#include "core/config/yaml_reader.h"
#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

using miafr_tests::error_of;

// "name|key=value|key=value"
std::string told(const PluginChoice& choice) {
  std::string text = choice.name;
  for (const RawParam& param : choice.params) text += "|" + param.key + "=" + param.text;
  return text;
}

std::string parsed(const std::string& text) { return told(parse_plugin_choice(text, "train.judge", "run.yaml:3")); }

std::string error(const std::string& text) {
  return error_of([&] { parsed(text); });
}

// The value of `judge: …`, all of it on the lines that follow.
PluginChoice read(const std::string& yaml) {
  return read_plugin_choice(*read_yaml_text("judge: " + yaml, "run.yaml").find("judge"), "judge");
}

TEST(PluginChoice, IsANameWithParameters) {
  EXPECT_EQ(parsed("adaface"), "adaface");
  EXPECT_EQ(parsed("adaface:"), "adaface");
  EXPECT_EQ(parsed("adaface:weights=a.ckpt,flip=true"), "adaface|weights=a.ckpt|flip=true");
  EXPECT_EQ(parsed("adaface:weights="), "adaface|weights=");
  EXPECT_EQ(parsed("adaface:weights=C:/a=b.ckpt"), "adaface|weights=C:/a=b.ckpt");
}

TEST(PluginChoice, AQuotedValueMayHoldAnything) {
  EXPECT_EQ(parsed("adaface:weights=\"a, b: 'c'.ckpt\",flip=true"), "adaface|weights=a, b: 'c'.ckpt|flip=true");
  EXPECT_EQ(parsed("adaface:weights='say \"hi\"'"), "adaface|weights=say \"hi\"");
  EXPECT_EQ(parsed("adaface:weights='it''s',flip=\"\"\"\""), "adaface|weights=it's|flip=\"");
  EXPECT_EQ(parsed("biometric:matcher='adaface:weights=\"a,b\",flip=true',margin=1"),
            "biometric|matcher=adaface:weights=\"a,b\",flip=true|margin=1");
}

TEST(PluginChoice, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(error(""), "run.yaml:3: train.judge '': write NAME or NAME:key=value,key=value");
  EXPECT_EQ(error("Ada face"), "run.yaml:3: train.judge 'Ada face': write NAME or NAME:key=value,key=value");
  EXPECT_EQ(error("adaface:flip"), "run.yaml:3: train.judge 'adaface:flip': 'flip' is no key=value");
  EXPECT_EQ(error("adaface:a=1,=2"), "run.yaml:3: train.judge 'adaface:a=1,=2': '=2' is no key=value");
  EXPECT_EQ(error("adaface:a,b=2"), "run.yaml:3: train.judge 'adaface:a,b=2': 'a' is no key=value");
  EXPECT_EQ(error("adaface:a='b"), "run.yaml:3: train.judge 'adaface:a='b': a closing ' is missing");
  EXPECT_EQ(error("adaface:a='b'c"),
            "run.yaml:3: train.judge 'adaface:a='b'c': after a closing quotation mark comes a comma or the end");
}

TEST(PluginChoice, IsReadBackFromItsText) {
  for (const char* value :
       {"", "plain", "a,b", "it's", "\"", "'", "\",'", " blanks ", "x=y:z", "adaface:weights='a,b'"}) {
    const PluginChoice choice{"arcface", {{"weights", value, "", ""}, {"flip", "true", "", ""}}};
    EXPECT_EQ(parsed(to_text(choice)), told(choice)) << to_text(choice);
  }
}

TEST(PluginChoice, MayBeAMap) {
  EXPECT_EQ(told(read("adaface:flip=true")), "adaface|flip=true");
  EXPECT_EQ(told(read("{name: adaface}")), "adaface");
  const PluginChoice choice = read("\n  name: adaface\n  params:\n    weights: a, b.ckpt\n");
  EXPECT_EQ(told(choice), "adaface|weights=a, b.ckpt");
  EXPECT_EQ(choice.params[0].origin, "run.yaml:4");
  EXPECT_EQ(choice.params[0].path, "judge.params.weights");
  EXPECT_EQ(told(read("{name: biometric, params: {matcher: {name: adaface, params: {weights: 'a,b'}}}}")),
            "biometric|matcher=adaface:weights=\"a,b\"");
}

TEST(PluginChoice, AMapSaysWhatIsWrong) {
  EXPECT_EQ(error_of([] { read("{params: {}}"); }),
            "run.yaml:1: judge: name is missing, {name: NAME, params: {key: value}}");
  EXPECT_EQ(error_of([] { read("{name: adaface, weights: x}"); }),
            "run.yaml:1: judge: unknown key 'weights' (known: name, params)");
  EXPECT_EQ(error_of([] { read("{name: adaface, params: [x]}"); }),
            "run.yaml:1: judge.params: a map (key: value) is needed, a list is given");
  EXPECT_EQ(error_of([] { read("[adaface]"); }), "run.yaml:1: judge: the name of a plugin is needed, a list is given");
}

// ---- wherever a config names a plugin

RunConfig config(const std::string& yaml) { return read_sections(read_yaml_text(yaml, "run.yaml")); }

std::string told(const LossConfig& loss) { return told(PluginChoice{loss.name, loss.params}); }

TEST(PluginsOfAConfig, ALossIsATextOrAMap) {
  const RunConfig run = config(
      "losses:\n"
      "  - cosine\n"
      "  - biometric:matcher='adaface:weights=\"a,b\"',margin=1\n"
      "  - name: biometric:margin=1\n"
      "    weight: 0.5\n"
      "    params: {margin: 2, matcher: {name: adaface, params: {weights: x}}}\n");
  ASSERT_EQ(run.losses.size(), 3u);
  EXPECT_EQ(told(run.losses[0]), "cosine");
  EXPECT_EQ(told(run.losses[1]), "biometric|matcher=adaface:weights=\"a,b\"|margin=1");
  EXPECT_EQ(run.losses[1].params[0].origin, "run.yaml:3");
  EXPECT_EQ(told(run.losses[2]), "biometric|margin=1|margin=2|matcher=adaface:weights=x");
  EXPECT_EQ(run.losses[2].weight, 0.5);
}

TEST(PluginsOfAConfig, ASamplerIsATextOrAMap) {
  const RunConfig run = config("sampler: ddim:eta=0.5\n");
  EXPECT_EQ(run.sampler.name, "ddim");
  ASSERT_EQ(run.sampler.params.size(), 1u);
  EXPECT_EQ(run.sampler.params[0].key, "eta");
  EXPECT_EQ(run.sampler.params[0].text, "0.5");
}

// The rest of the section stays as it is.
TEST(PluginsOfAConfig, ATextMayTakeAnothersPlace) {
  const RunConfig run =
      miafr_tests::load("sampler: {name: plms, steps: 20}\nlosses:\n  - {name: cosine, weight: 0.5}\n",
                        {"sampler=ddim:eta=1", "losses.cosine=contrastive:queue=8", "sampler.steps=7"})
          .config;
  EXPECT_EQ(run.sampler.name, "ddim");
  EXPECT_EQ(run.sampler.steps, 7);
  EXPECT_EQ(run.sampler.params.at(0).text, "1");
  EXPECT_EQ(told(run.losses.at(0)), "contrastive|queue=8");
  EXPECT_EQ(run.losses.at(0).weight, 0.5);
}

TEST(PluginsOfAConfig, JudgeAndDetectorAre) {
  const RunConfig run = config(
      "train:\n"
      "  judge: {name: adaface, params: {weights: 'a,b'}}\n"
      "  detector: haar\n");
  EXPECT_EQ(run.train.judge, "adaface:weights=\"a,b\"");
  EXPECT_EQ(config("train: {judge: ''}").train.judge, "");  // none
  EXPECT_EQ(error_of([] { config("train:\n  judge: Ada Face\n"); }),
            "run.yaml:2: train.judge 'Ada Face': write NAME or NAME:key=value,key=value");
}

}  // namespace
}  // namespace miafr
