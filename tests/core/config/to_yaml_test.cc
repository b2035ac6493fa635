#include "core/config/to_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <locale>
#include <random>

#include "tests/core/config/config_test_support.h"

namespace miafr {
namespace {

using miafr_tests::load;

// All values of a config as exact text, one line each.
struct Flatten {
  template <class S>
  void operator()(const std::string& name, const S& one) const {
    const Params values = section<S>().values(one);
    for (const auto& [key, value] : values.values()) lines.push_back(name + "." + key + "=" + std::visit(*this, value));
    for (const auto& [key, member] : section<S>().lists())
      for (const std::string& word : one.*member) lines.push_back(name + "." + key + "+=" + word);
    if constexpr (kNamesPlugin<S>)
      for (const RawParam& param : one.params) lines.push_back(name + ".params." + param.key + "=" + param.text);
  }
  template <class S>
  void operator()(const std::string& name, const std::vector<S>& list) const {
    for (std::size_t i = 0; i < list.size(); ++i) (*this)(name + std::to_string(i), list[i]);
  }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const {
    char text[64];
    std::snprintf(text, sizeof text, "%a", value);
    return text;
  }
  std::string operator()(const std::string& value) const { return value; }
  std::vector<std::string>& lines;
};

std::vector<std::string> flat(const RunConfig& config) {
  std::vector<std::string> lines;
  for_each_section(config, Flatten{lines});
  return lines;
}

std::vector<std::string> differences(const RunConfig& config) {
  std::vector<std::string> before = flat(config), after = flat(load(to_yaml(config)).config), different;
  std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(),
                                std::back_inserter(different));
  return before == after ? std::vector<std::string>{} : different;
}

TEST(ToYaml, LooksLikeAConfig) {
  RunConfig config;
  config.losses.push_back({"contrastive", 0.1, {{"queue", "8"}, {"note", "a: b"}}});
  const std::string yaml = to_yaml(config);
  EXPECT_THAT(yaml, testing::StartsWith("model:\n  unet_num_heads: 8  # attention heads of the UNet"));
  EXPECT_THAT(yaml,
              testing::HasSubstr("\n\ntrain:\n  steps: 800  # optimiser steps\n  learning_rate: 1.0e-06  # of AdamW"));
  EXPECT_THAT(yaml, testing::HasSubstr("  reg_weight: 1.0  #"));
  EXPECT_THAT(yaml, testing::HasSubstr("  train_text_encoder: true  #"));
  EXPECT_THAT(yaml,
              testing::HasSubstr(
                  "\nlosses:\n  - name: contrastive  # a loss plugin\n    weight: 0.1  # added to the training loss "
                  "times this\n    params:\n      queue: 8\n      note: \"a: b\"\n\nsampler:\n  name: ddim  #"));
  EXPECT_THAT(to_yaml(RunConfig()), testing::HasSubstr("\nlosses: []\n"));
}

TEST(ToYaml, DefaultsComeBack) { EXPECT_THAT(differences(RunConfig()), testing::IsEmpty()); }

TEST(ToYaml, TheComparisonSeesEveryChange) {
  RunConfig config;
  const auto before = flat(config);
  config.train.learning_rate = std::nextafter(config.train.learning_rate, 1);
  EXPECT_NE(flat(config), before);
}

// A value that the row allows.
Params::Value random_value(const ParamSpec& spec, std::mt19937_64& random) {
  const double low = std::max(spec.min, -1e9), high = std::min(spec.max, 1e9);
  switch (spec.type) {
    case ParamType::kFlag:
      return random() % 2 == 0;
    case ParamType::kInteger: {  // a multiple of 8, as data.size wants it
      const std::int64_t value = std::uniform_int_distribution<std::int64_t>(low, high)(random) / 8 * 8;
      return low > 0 ? std::max<std::int64_t>(value, 8) : value;
    }
    case ParamType::kReal:
      return std::uniform_real_distribution<>(low, high)(random);
    case ParamType::kChoice: {
      const auto words = split_choices(spec.choices);
      return words[random() % words.size()];
    }
    default:
      return std::string("plugin") + std::to_string(random() % 100);
  }
}

std::string random_text(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "Z",
                                                   "0",
                                                   "1",
                                                   ".",
                                                   "-",
                                                   "+",
                                                   "e",
                                                   " ",
                                                   ":",
                                                   ": ",
                                                   "#",
                                                   " #",
                                                   "'",
                                                   "\"",
                                                   "\\",
                                                   "\n",
                                                   "\t",
                                                   "\r\n",
                                                   "[",
                                                   "]",
                                                   "{",
                                                   "}",
                                                   ",",
                                                   "&",
                                                   "*",
                                                   "!",
                                                   "|",
                                                   ">",
                                                   "%",
                                                   "@",
                                                   "`",
                                                   "?",
                                                   "- ",
                                                   "~",
                                                   "null",
                                                   "yes",
                                                   "No",
                                                   "true",
                                                   "=",
                                                   "<<",
                                                   "---",
                                                   "...",
                                                   "\x1b",
                                                   "\x7f",
                                                   "\x01",
                                                   "\xc3\xa9",
                                                   "\xe2\x82\xac",
                                                   "\xf0\x9f\x98\x80",
                                                   "\xc2\x85",
                                                   "\xe2\x80\xa8",
                                                   "\xe2\x80\xa9",
                                                   "\xef\xbb\xbf",
                                                   "\xc2\xa0",
                                                   "1e5",
                                                   ".inf",
                                                   "0x1",
                                                   "/",
                                                   "_"};
  std::string text;
  for (int i = random() % 6; i > 0; --i) text += kPieces[random() % kPieces.size()];
  return text;
}

struct Randomize {
  template <class S>
  void operator()(const char*, S& one) const {
    Params params;
    for (const ParamSpec& spec : section<S>().table()) params.set(spec.name, random_value(spec, random));
    section<S>().assign(params, one);
    EXPECT_EQ(section<S>().values(one).values(), params.values()) << "two rows of a table share a member";
    for (const auto& [key, member] : section<S>().lists()) {
      (one.*member).clear();
      for (int i = random() % 4; i > 0; --i) (one.*member).push_back(random_text(random));
    }
    if constexpr (kNamesPlugin<S>)
      for (int i = random() % 4; i > 0; --i)
        one.params.push_back({random_text(random) + "key" + std::to_string(i), random_text(random)});
  }
  template <class S>
  void operator()(const char* name, std::vector<S>& list) const {
    list.resize(random() % 4);
    for (S& one : list) (*this)(name, one);
  }
  std::mt19937_64& random;
};

TEST(ToYaml, RandomConfigsComeBackExactly) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 500; ++i) {
    RunConfig config;
    for_each_section(config, Randomize{random});
    if (config.model.linear_start > config.model.linear_end)
      std::swap(config.model.linear_start, config.model.linear_end);
    ASSERT_THAT(differences(config), testing::IsEmpty()) << to_yaml(config);
  }
}

// As German programs write 1.234,5.
struct CommaNumbers : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(ToYaml, LocaleDoesNotMatter) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new CommaNumbers));
  RunConfig config;
  config.train.steps = 1234567;
  config.train.reg_weight = 1234.5;
  const std::string yaml = to_yaml(config);
  const auto different = differences(config);
  const std::string message = miafr_tests::load_error(std::string(1200, '\n') + "train: {steps: 1234567890}\n");
  std::locale::global(before);
  EXPECT_THAT(yaml, testing::HasSubstr("  steps: 1234567  #"));
  EXPECT_THAT(yaml, testing::HasSubstr("  reg_weight: 1234.5  #"));
  EXPECT_THAT(different, testing::IsEmpty());
  EXPECT_EQ(message, "run.yaml:1201: train.steps = 1234567890, allowed 1..1000000000");
}

TEST(ToYaml, TextsThatYamlTakesForOtherThingsComeBack) {
  for (const char* text : {"",     "~",   "null",  "Null", "true",   "No",  "1",    "1e-6", ".nan", "- a", "a: b",
                           "a #b", "'x'", "\"x\"", "[1]",  "{a: 1}", "&a",  "*a",   "!a",   "|",    ">",   "%",
                           "@",    " a",  "a ",    "\n",   "---",    "...", "0x10", "=",    "<<"}) {
    RunConfig config;
    config.sampler.params = {{"text", text}, {"other", "1"}};
    EXPECT_THAT(differences(config), testing::IsEmpty()) << text;
  }
  RunConfig config;
  for (const char* text : {"yes", "1e5", "null", "~"}) {
    config.prompts = {{text, ""}};
    EXPECT_THAT(differences(config), testing::IsEmpty()) << text;
    EXPECT_THAT(to_yaml(config), testing::HasSubstr("\n  - text: \"" + std::string(text) + "\"  #")) << text;
  }
  config.sampler.name = "null";  // a plugin may be called so
  EXPECT_THAT(differences(config), testing::IsEmpty());
}

TEST(ToYaml, NumbersOfPluginsStayAsWritten) {
  const std::string yaml = to_yaml(load("sampler: {params: {eta: 1.0e-06, on: yes, file: a/b.txt}}\n").config);
  EXPECT_THAT(yaml, testing::HasSubstr("    eta: 1.0e-06\n    \"on\": yes\n    file: a/b.txt\n"));
}

}  // namespace
}  // namespace miafr
